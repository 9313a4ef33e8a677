import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { programPart, type Part, type ProgramOptions } from '../chaos/kit/processes';
import { SERVER_NAME, type Certificates } from './certificates';
import { DATABASE_USER } from './postgres';

/** Chosen once for the life of a database. */
const SHARDS = 16;

export const FRONTEND_PORT = 7233;

const PORTS = {
  frontend: { grpcPort: FRONTEND_PORT, membershipPort: 6933 },
  history: { grpcPort: 7234, membershipPort: 6934 },
  matching: { grpcPort: 7235, membershipPort: 6935 },
  worker: { grpcPort: 7239, membershipPort: 6939 },
} as const;

export interface ServerOptions extends Pick<ProgramOptions, 'logFile' | 'onEarlyEnd' | 'onDeath'> {
  readonly name: string;
  readonly program: string;
  /** Its configuration is written here. */
  readonly directory: string;
  readonly address: string;
  readonly database: { readonly address: string; readonly password: string };
  readonly certificates: Certificates;
  readonly dynamicConfig: string;
}

/** One process with all four services of Temporal. Processes with one database find each other through it. */
export function temporalServer(options: ServerOptions): Part {
  const { name, program, directory, address, logFile, onEarlyEnd, onDeath } = options;
  const file = join(directory, `${name}.yaml`);
  writeFileSync(file, stringify(configurationOf(options)), { mode: 0o600 });
  return programPart({
    name,
    command: program,
    args: ['--config-file', file, '--allow-no-auth', 'start'],
    cwd: directory,
    env: { PATH: process.env['PATH'] },
    logFile,
    onEarlyEnd,
    onDeath,
    isReady: () => listens(address, FRONTEND_PORT),
  });
}

function configurationOf({ address, database, certificates, dynamicConfig }: ServerOptions): object {
  const services = Object.entries(PORTS).map(([service, ports]) => [service, { rpc: { ...ports, bindOnIP: address } }]);
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: SHARDS,
      datastores: {
        default: store(database, 'temporal', 20),
        visibility: store(database, 'temporal_visibility', 5),
      },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: address }, tls: tls(certificates) },
    services: Object.fromEntries(services) as object,
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `${address}:${FRONTEND_PORT}`,
        },
      },
    },
    publicClient: { hostPort: `${address}:${FRONTEND_PORT}` },
    dcRedirectionPolicy: { policy: 'noop' },
    dynamicConfigClient: { filepath: dynamicConfig, pollInterval: '10s' },
  };
}

function store({ address, password }: ServerOptions['database'], databaseName: string, connections: number): object {
  return {
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: `${address}:5432`,
      connectProtocol: 'tcp',
      user: DATABASE_USER,
      password,
      maxConns: connections,
      maxIdleConns: connections,
      maxConnLifetime: '1h',
    },
  };
}

/** Nobody talks to a frontend or to another service without a certificate of the CA. */
function tls({ ca, server }: Certificates): object {
  const pair = { certFile: server.cert, keyFile: server.key };
  const client = { serverName: SERVER_NAME, rootCaFiles: [ca] };
  const group = { server: { ...pair, requireClientAuth: true, clientCaFiles: [ca] }, client };
  return { internode: group, frontend: group, systemWorker: { ...pair, client } };
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const answer = (word: boolean) => (): void => {
      socket.destroy();
      resolve(word);
    };
    socket.once('connect', answer(true)).once('error', answer(false));
  });
}
