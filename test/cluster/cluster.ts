import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Part } from '../chaos/kit/processes';
import type { TemporalPlace } from '../chaos/kit/temporal-place';
import { makeCertificates, SERVER_NAME, type Certificates } from './certificates';
import { deployScripts, writeDynamicConfig } from './deploy-files';
import { openEntry } from './entry';
import { DATABASE_USER, makePostgres, type Postgres } from './postgres';
import type { ClusterPrograms } from './programs';
import { FRONTEND_PORT, temporalServer } from './server';

const NAMESPACE = 'ferry';

/** The production shape as processes: PostgreSQL, two Temporal servers behind one entry, mTLS between all of them. */
export interface Cluster {
  /** Of the entry. */
  readonly address: string;
  /** For commands and workers of Ferry, and for the command line of Temporal. */
  readonly env: TemporalPlace['env'];
  readonly certificates: Certificates;
  readonly postgres: Postgres;
  /** By the names that reports give them. */
  readonly parts: Readonly<Record<'postgres' | 'temporal' | 'temporal-2', Part>>;
  readonly logs: string;
  /** The same cluster, with the environment of another namespace, which is made. */
  inNamespace(name: string): Promise<Cluster>;
  close(): Promise<void>;
}

export interface ClusterOptions extends ClusterPrograms {
  /** The Temporal command line. */
  readonly temporal: string;
  readonly onEnd: (part: string, how: string) => void;
}

export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const directory = mkdtempSync(join(tmpdir(), 'ferry-cluster-'));
  const logs = join(directory, 'logs');
  mkdirSync(logs);
  const [database, first, second, entryHost] = loopbackAddresses();
  const certificates = makeCertificates(join(directory, 'tls'), [first, second, entryHost]);
  const watch = (name: string) => ({
    logFile: join(logs, `${name}.log`),
    onEarlyEnd: (how: string) => options.onEnd(name, how),
    onDeath: (how: string) => options.onEnd(name, how),
  });
  const dynamicConfig = writeDynamicConfig(directory);
  const password = randomBytes(16).toString('hex');
  const postgres = makePostgres({ bin: options.postgresBin, address: database, password, ...watch('postgres') });
  const server = (name: string, address: string): Part =>
    temporalServer({
      ...watch(name),
      name,
      program: options.temporalServer,
      directory,
      address,
      database: { address: database, password },
      certificates,
      dynamicConfig,
    });
  const parts = {
    postgres: postgres.part,
    temporal: server('temporal', first),
    'temporal-2': server('temporal-2', second),
  };
  const entry = await openEntry(entryHost, [first, second], FRONTEND_PORT);
  const env: Cluster['env'] = {
    TEMPORAL_ADDRESS: entry.address,
    TEMPORAL_NAMESPACE: NAMESPACE,
    TEMPORAL_TLS: 'true',
    TEMPORAL_TLS_SERVER_NAME: SERVER_NAME,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificates.ca,
    TEMPORAL_TLS_CLIENT_CERT_PATH: certificates.client.cert,
    TEMPORAL_TLS_CLIENT_KEY_PATH: certificates.client.key,
  };
  const close = async (): Promise<void> => {
    entry.close();
    for (const part of [parts.temporal, parts['temporal-2'], parts.postgres]) {
      part.signal('SIGKILL');
      await part.gone();
    }
    postgres.remove();
    rmSync(directory, { recursive: true, force: true });
  };
  const runScript = deployScripts(join(directory, 'bin'), options);
  const makeNamespace = (name: string): Promise<void> =>
    runScript('setup-namespace.sh', { ...env, NAMESPACE: name, RETENTION: '720h' });
  try {
    await postgres.part.start();
    const secret = join(directory, 'postgres_password');
    writeFileSync(secret, password, { mode: 0o600 });
    await runScript('setup-schema.sh', {
      SQL_HOST: database,
      SQL_USER: DATABASE_USER,
      SQL_PASSWORD_FILE: secret,
      SCHEMA_DIR: options.schemaDir,
    });
    // Two servers that make the system's namespace at the same moment: one of them ends.
    await parts.temporal.start();
    await parts['temporal-2'].start();
    await makeNamespace(NAMESPACE);
  } catch (error) {
    await close();
    throw error;
  }
  const cluster: Cluster = {
    address: entry.address,
    env,
    certificates,
    postgres,
    parts,
    logs,
    async inNamespace(name) {
      await makeNamespace(name);
      return { ...cluster, env: { ...env, TEMPORAL_NAMESPACE: name } };
    },
    close,
  };
  return cluster;
}

/** Four addresses of 127.0.0.0/8 that another run on this machine hardly has. */
function loopbackAddresses(): [string, string, string, string] {
  const [high = 0, low = 0] = randomBytes(2);
  const at = (last: number): string => `127.${(high % 250) + 2}.${low}.${last}`;
  return [at(1), at(2), at(3), at(4)];
}

/** The cluster as the place of a run of the chaos kit. */
export function clusterPlace({ env, parts }: Cluster): TemporalPlace {
  return { parts, env };
}
