import { execFile, execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createServer, type TlsOptions } from 'node:tls';
import { Connection } from '@temporalio/client';
import { parse } from 'yaml';
import { connectFerry, locateTemporal } from '../../src/client';
import { findOrFetchTemporal } from '../../src/engine';
import { servePages, type Page } from '../../src/lib/http-pages';
import { RETENTION_DAYS, SEARCH_ATTRIBUTES } from '../../src/contract';
import { startTestTemporal, testCacheDir } from '../support/temporal';

const deploy = join(__dirname, '../../deploy');
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ferry-deploy-'));
  mkdirSync(join(root, 'bin'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

interface Run {
  readonly code: number;
  readonly output: string;
}

async function shell(script: string, env: NodeJS.ProcessEnv): Promise<Run> {
  const PATH = [join(root, 'bin'), process.env['PATH']].join(delimiter);
  return await new Promise((resolve) => {
    execFile('/bin/sh', [script], { env: { ...env, PATH }, timeout: 50_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr });
    });
  });
}

test('The namespace script makes the namespace on a real server, with everything in it, and may run again', async () => {
  const { path } = await findOrFetchTemporal({ cacheDir: testCacheDir });
  symlinkSync(path, join(root, 'bin', 'temporal'));
  const temporal = await startTestTemporal();
  try {
    const env = { TEMPORAL_ADDRESS: temporal.address, NAMESPACE: 'production', RETENTION: `${RETENTION_DAYS * 24}h` };
    for (const _ of ['first', 'again']) {
      expect(await shell(join(deploy, 'temporal/setup-namespace.sh'), env)).toMatchObject({ code: 0 });
    }
    const connection = await Connection.connect({ address: temporal.address });
    try {
      const { workflowService, operatorService } = connection;
      const { config } = await workflowService.describeNamespace({ namespace: 'production' });
      expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(RETENTION_DAYS * 86_400);
      const { customAttributes } = await operatorService.listSearchAttributes({ namespace: 'production' });
      expect(Object.keys(customAttributes).toSorted()).toEqual(Object.values(SEARCH_ATTRIBUTES).toSorted());
    } finally {
      await connection.close();
    }
  } finally {
    await temporal.stop();
  }
}, 60_000);

describe('The schema script', () => {
  /** A temporal-sql-tool that writes down its calls; `update` is what it does at the first update-schema of a database. */
  async function run(update: string): Promise<Run & { readonly calls: string[] }> {
    const tool = join(root, 'bin', 'temporal-sql-tool');
    writeFileSync(
      tool,
      `#!/bin/sh
shift 9
database=$1 action=$2
echo "$database $action" >> '${root}/calls'
[ "$SQL_PASSWORD" = secret ] || exit 9
if [ "$action" = update-schema ] && [ ! -e "${root}/seen-$database" ]; then
  touch "${root}/seen-$database"
  ${update}
fi
`,
    );
    chmodSync(tool, 0o755);
    writeFileSync(join(root, 'password'), 'secret\n');
    const env = { SQL_HOST: 'postgresql', SQL_USER: 'temporal', SQL_PASSWORD_FILE: join(root, 'password') };
    const result = await shell(join(deploy, 'temporal/setup-schema.sh'), env);
    return { ...result, calls: readFileSync(join(root, 'calls'), 'utf8').trim().split('\n') };
  }

  // As the tool of the server 1.31 says it, and as that of 1.32 does.
  test.each([
    'ERROR: relation "schema_version" does not exist',
    '{"error": "error reading current schema version:pq: relation \\"schema_version\\" does not exist at column 26"}',
  ])('sets both schemas up in an empty database: %s', async (said) => {
    const { code, calls } = await run(`printf '%s\\n' '${said}' >&2; exit 1`);
    expect(code).toBe(0);
    expect(calls).toEqual(
      ['temporal', 'temporal_visibility'].flatMap((database) =>
        ['create', 'update-schema', 'setup-schema', 'update-schema'].map((action) => `${database} ${action}`),
      ),
    );
  });

  test('only updates a schema that is there', async () => {
    const { code, calls } = await run('exit 0');
    expect(code).toBe(0);
    expect(calls.join()).not.toContain('setup-schema');
  });

  test('leaves a schema alone that it cannot update, and says why', async () => {
    const { code, calls, output } = await run(`echo 'connection refused' >&2; exit 1`);
    expect(code).toBe(1);
    expect(output).toContain('connection refused');
    expect(calls.join()).not.toContain('setup-schema');
  });
});

test('Secrets are made once, for their owner alone, and nothing of them is printed', async () => {
  const script = join(root, 'make-secrets.sh');
  copyFileSync(join(deploy, 'make-secrets.sh'), script);
  const names = Object.keys(parse(readFileSync(join(deploy, '../docker-compose.yml'), 'utf8')).secrets as object);
  const contents = (): string[] => names.map((name) => readFileSync(join(root, 'secrets', name), 'utf8'));
  const first = await shell(script, {});
  const made = contents();
  await shell(script, {});
  expect(contents()).toEqual(made);
  for (const name of names) expect(statSync(join(root, 'secrets', name)).mode & 0o777).toBe(0o600);
  const [password = '', key = ''] = made;
  expect(statSync(join(root, 'secrets', 'ca_key')).mode & 0o777).toBe(0o600);
  expect(password).toMatch(/^[A-Za-z0-9]{30,}$/);
  expect(Buffer.from(key, 'base64')).toHaveLength(32);
  for (const secret of made) expect(first.output).not.toContain(secret.trim());
});

test('The probe of a container succeeds for a worker that is ready, and fails for any other.', async () => {
  const probe = (port: number): Promise<number> =>
    new Promise((resolve) => {
      execFile(join(deploy, 'is-ready'), [String(port)], (error) => resolve(error === null ? 0 : 1));
    });
  let status = 200;
  const page = async (): Promise<Page> => ({ status, type: 'text/plain', body: '' });
  const server = await servePages('127.0.0.1:0', { '/readyz': page });
  expect(await probe(server.port)).toBe(0);
  status = 503;
  expect(await probe(server.port)).toBe(1);
  await server.close();
  expect(await probe(server.port)).toBe(1);
});

describe('with the certificates that the script makes', () => {
  const secret = (name: string): string => join(root, 'secrets', name);
  const tls = (whose: string) => ({
    TEMPORAL_TLS: 'true',
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: secret('ca_cert'),
    TEMPORAL_TLS_CLIENT_CERT_PATH: secret(`${whose}_cert`),
    TEMPORAL_TLS_CLIENT_KEY_PATH: secret(`${whose}_key`),
  });

  beforeEach(async () => {
    copyFileSync(join(deploy, 'make-secrets.sh'), join(root, 'make-secrets.sh'));
    await shell(join(root, 'make-secrets.sh'), {});
  });

  /** TLS as the server of the compose file has it, before a Temporal without. */
  async function mutualTls(port: number): Promise<{ readonly address: string; readonly close: () => void }> {
    const [cert, key, ca] = ['temporal_cert', 'temporal_key', 'ca_cert'].map((name) => readFileSync(secret(name)));
    const options = { cert, key, ca, requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] };
    const server = createServer(options as TlsOptions, (client) => {
      const plain = connect(port, '127.0.0.1');
      client.pipe(plain).pipe(client);
      for (const end of [client, plain]) end.on('error', () => (client.destroy(), plain.destroy()));
    });
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
  }

  test('The namespace script and Ferry reach a Temporal that asks for a certificate, and nobody does without.', async () => {
    const { path } = await findOrFetchTemporal({ cacheDir: testCacheDir });
    symlinkSync(path, join(root, 'bin', 'temporal'));
    const temporal = await startTestTemporal();
    const { address, close } = await mutualTls(Number(temporal.address.split(':')[1]));
    try {
      const env = { TEMPORAL_ADDRESS: address, NAMESPACE: 'production', RETENTION: '720h', ATTEMPTS: '20' };
      expect(await shell(join(deploy, 'temporal/setup-namespace.sh'), { ...env, ...tls('admin') })).toMatchObject({
        code: 0,
      });
      const settings = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: 'production', HOME: root };
      const connected = async (more: NodeJS.ProcessEnv): Promise<boolean> => {
        const located = await locateTemporal({ env: { ...settings, ...more }, cwd: root });
        const ferry = await connectFerry({ ...located, hostId: 'h' });
        const { temporal: found } = await ferry.health();
        await ferry.close();
        return found.reachable;
      };
      expect(await connected(tls('ferry'))).toBe(true);
      const withoutCertificate = { TEMPORAL_TLS: 'true', TEMPORAL_TLS_SERVER_CA_CERT_PATH: secret('ca_cert') };
      await expect(connected(withoutCertificate)).rejects.toMatchObject({ code: 'TEMPORAL_UNREACHABLE' });
    } finally {
      close();
      await temporal.stop();
    }
  }, 90_000);

  test('A certificate that ends soon is made anew, and the authority stays', async () => {
    const before = readFileSync(secret('ca_cert'), 'utf8');
    const stale = readFileSync(secret('ui_cert'), 'utf8');
    const args = [
      'req',
      '-x509',
      '-new',
      '-key',
      secret('ui_key'),
      '-days',
      '3',
      '-subj',
      '/CN=ui',
      '-out',
      secret('ui_cert'),
    ];
    execFileSync('openssl', args);
    await shell(join(root, 'make-secrets.sh'), {});
    const issued = new X509Certificate(readFileSync(secret('ui_cert')));
    expect(issued.checkIssued(new X509Certificate(before))).toBe(true);
    expect(Date.parse(issued.validTo) - Date.now()).toBeGreaterThan(800 * 86_400_000);
    expect([readFileSync(secret('ca_cert'), 'utf8'), readFileSync(secret('ui_cert'), 'utf8') === stale]).toEqual([
      before,
      false,
    ]);
  });
});
