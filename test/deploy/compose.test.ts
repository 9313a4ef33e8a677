import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { parse } from 'yaml';
import { RETENTION_DAYS } from '../../src/contract';

interface Service {
  readonly image: string;
  readonly restart: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly network_mode?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
  readonly pids_limit?: number;
  readonly logging?: { readonly options: Readonly<Record<string, string>> };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const root = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const service = (name: string): Service => {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`There is no service ${name}.`);
  return found;
};

const JOBS = ['temporal-schema', 'temporal-namespace'];
const WORKERS = ['worker-a', 'worker-b'];

test('Every image, also those that the Dockerfile builds on, is pinned by an exact version', () => {
  const bases = [...read('Dockerfile').matchAll(/^FROM (\S+)/gm)].map((match) => match[1] ?? '');
  expect(bases.length).toBeGreaterThan(1);
  for (const image of [...services.map(([, { image }]) => image), ...bases]) {
    expect(image).toMatch(/:\d+\.\d+(\.\d+)?(-[a-z-]+(\.\d+)?)?$/);
  }
  expect(new Set(bases).size).toBe(1);
  expect(bases[0]).toMatch(/^node:24\.\d+\.\d+-bookworm-slim$/);
});

test('Server and admin tools are of one release, and the workers run what the Dockerfile builds', () => {
  const version = (name: string): string | undefined => service(name).image.split(':')[1];
  for (const job of JOBS) expect(version(job)).toBe(version('temporal'));
  const { version: packageVersion } = JSON.parse(read('package.json')) as { version: string };
  for (const name of [...WORKERS, 'sandbox']) expect(service(name).image).toBe(`ferry:${packageVersion}`);
});

test('The image is given every project that the build compiles.', () => {
  const projects = [...read('scripts/build.mjs').matchAll(/compile\('([^']+)'/g)].map((match) => match[1] ?? '');
  expect(projects).toEqual(['tsconfig.build.json', 'sandbox']);
  for (const path of [...projects, 'tsconfig.json', 'src', 'scripts']) {
    expect(read('Dockerfile')).toMatch(new RegExp(`^COPY (?:\\S+ )*${path} `, 'm'));
    expect(read('.dockerignore')).toMatch(new RegExp(`^!${path}$`, 'm'));
  }
});

test('No secret stands in clear: passwords and keys come from secret files that git does not take', () => {
  const variables = services.flatMap(([, { environment = {} }]) => Object.entries(environment));
  const secretVariables = variables.filter(([name]) => /PASS|PWD|SECRET|KEY|TOKEN/i.test(name));
  expect(secretVariables.map(([, value]) => value)).toContain('/run/secrets/postgres_password');
  for (const [, value] of secretVariables) expect(value).toMatch(/^\/run\/secrets\/\w+$/);
  for (const [, { command = [] }] of services) {
    expect(command.join(' ').replace('export POSTGRES_PWD="$$(cat /run/secrets/postgres_password)"', '')).not.toMatch(
      /PWD|PASS/,
    );
  }
  for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^deploy\/secrets\//);
  expect(read('deploy/.gitignore')).toContain('secrets/');
});

test('Every secret that is mounted is declared and used by somebody, and the key of the authority is not mounted', () => {
  const used = new Set(services.flatMap(([, { secrets = [] }]) => secrets));
  expect([...used].toSorted()).toEqual(Object.keys(compose.secrets).toSorted());
  expect(used).not.toContain('ca_key');
});

test('Whatever keeps running has a health check and comes back, and jobs run to their end', () => {
  for (const [, { healthcheck, restart }] of services.filter(([name]) => !JOBS.includes(name))) {
    expect(healthcheck?.test[0]).toBe('CMD');
    expect(restart).toBe('unless-stopped');
  }
  for (const job of JOBS) expect(service(job).restart).toMatch(/^on-failure/);
});

test('Each part starts after what it needs is healthy or done', () => {
  const condition = (name: string, on: string): string | undefined => service(name).depends_on?.[on]?.condition;
  expect(condition('temporal-schema', 'postgresql')).toBe('service_healthy');
  expect(condition('temporal', 'temporal-schema')).toBe('service_completed_successfully');
  expect(condition('temporal-namespace', 'temporal')).toBe('service_healthy');
  expect(condition('temporal-ui', 'temporal')).toBe('service_healthy');
  for (const worker of WORKERS) {
    expect(condition(worker, 'temporal-namespace')).toBe('service_completed_successfully');
    expect(condition(worker, 'sandbox')).toBe('service_healthy');
  }
  for (const [, { depends_on = {} }] of services) {
    for (const on of Object.keys(depends_on)) expect(Object.keys(compose.services)).toContain(on);
  }
});

test('Two workers serve two hosts with one configuration and one seal key', () => {
  const [a, b] = WORKERS.map(service);
  expect(a?.environment?.['FERRY_HOST_ID']).not.toBe(b?.environment?.['FERRY_HOST_ID']);
  expect(a?.secrets).toEqual(b?.secrets);
  expect(a?.secrets).toContain('seal_key');
  expect(a?.environment?.['FERRY_CONFIG']).toBe(b?.environment?.['FERRY_CONFIG']);
  for (const worker of [a, b]) {
    expect(worker?.command?.[0]).toBe('worker');
    expect(worker?.environment).toMatchObject({ TEMPORAL_ADDRESS: 'temporal:7233', TEMPORAL_NAMESPACE: 'ferry' });
  }
});

test('Data lies in named volumes, and two workers never share their files', () => {
  const named = services.flatMap(([, { volumes = [] }]) => volumes).filter((volume) => !volume.startsWith('./'));
  expect(named.map((volume) => volume.replace(/:.*/, '')).toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
});

test('Every container is read-only and without capabilities, and bounded in memory, processes and logs', () => {
  for (const [name, found] of services) {
    expect({ name, ...found }).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      mem_limit: expect.stringMatching(/^\d+[mg]$/),
      pids_limit: expect.any(Number),
      logging: { options: { 'max-size': '10m', 'max-file': '5' } },
    });
  }
  const more = services.filter(([, { cap_add = [] }]) => cap_add.length > 0).map(([name]) => name);
  expect(more).toEqual(['postgresql']);
});

test('Temporal answers nobody without a certificate, and each that calls it shows one of its own and checks the other', () => {
  const { environment = {} } = service('temporal');
  expect(environment).toMatchObject({
    TEMPORAL_TLS_REQUIRE_CLIENT_AUTH: 'true',
    TEMPORAL_TLS_CLIENT1_CA_CERT: '/run/secrets/ca_cert',
    TEMPORAL_TLS_SERVER_CA_CERT: '/run/secrets/ca_cert',
  });
  for (const name of [...WORKERS, 'temporal-namespace']) {
    const whose = name === 'temporal-namespace' ? 'admin' : 'ferry';
    expect(service(name).environment).toMatchObject({
      TEMPORAL_TLS: 'true',
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/run/secrets/ca_cert',
      TEMPORAL_TLS_CLIENT_CERT_PATH: `/run/secrets/${whose}_cert`,
      TEMPORAL_TLS_CLIENT_KEY_PATH: `/run/secrets/${whose}_key`,
    });
    expect(service(name).environment).not.toHaveProperty('FERRY_TEMPORAL_PLAINTEXT');
  }
  expect(service('temporal-ui').environment).toMatchObject({
    TEMPORAL_TLS_CA: '/run/secrets/ca_cert',
    TEMPORAL_TLS_CERT: '/run/secrets/ui_cert',
    TEMPORAL_TLS_KEY: '/run/secrets/ui_key',
    TEMPORAL_TLS_ENABLE_HOST_VERIFICATION: 'true',
  });
  for (const [, { environment: named = {}, secrets = [] }] of services) {
    const files = Object.values(named).filter((value) => value.startsWith('/run/secrets/'));
    for (const file of files) expect(secrets).toContain(file.replace('/run/secrets/', ''));
  }
});

test('Nothing is published beyond this machine', () => {
  for (const [, { ports = [] }] of services) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  expect(service('postgresql').ports).toBeUndefined();
});

test('Sandbox and workers share the one loopback on which they speak without TLS', () => {
  for (const name of [...WORKERS, 'sandbox']) expect(service(name).network_mode).toBe('service:loopback');
  expect(service('loopback').networks).toEqual(service('temporal').networks);
});

test('The namespace is made as the embedded server makes it', () => {
  expect(service('temporal-namespace').environment).toMatchObject({
    NAMESPACE: 'ferry',
    RETENTION: `${RETENTION_DAYS * 24}h`,
  });
});

test('The configuration names the mounted secrets and the directories that the workers may use', () => {
  const config = parseToml(read('deploy/ferry.toml')) as {
    sealKeyFile: string;
    accounts: { sandbox: { login: { passwordFile: string }; directories: Record<string, string[]> } };
  };
  expect(config.sealKeyFile).toBe('/run/secrets/seal_key');
  expect(config.accounts.sandbox.login.passwordFile).toBe('/run/secrets/sandbox_password');
  for (const worker of WORKERS) expect(service(worker).volumes?.[0]).toMatch(/^files-[ab]:\/data$/);
  expect(config.accounts.sandbox.directories).toEqual({ sources: ['/data/out'], targets: ['/data/in'] });
});

test('The probe of each worker asks the port on which that worker serves its health, and the image has the probe', () => {
  const ports = WORKERS.map((name) => {
    const [, flag, address = ''] = service(name).command ?? [];
    const [, probe, port] = service(name).healthcheck?.test ?? [];
    expect([flag, address, probe]).toEqual(['--health', `127.0.0.1:${port}`, '/app/deploy/is-ready']);
    return port;
  });
  expect(new Set(ports).size).toBe(WORKERS.length);
  expect(read('Dockerfile')).toMatch(/^COPY --chmod=755 deploy\/is-ready \.\/deploy\/is-ready$/m);
  expect(read('.dockerignore')).toContain('!deploy/is-ready');
});
