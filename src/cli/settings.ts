/** From flags, environment and files to what a command needs; everything before the first byte on the network. */
import type { FerryClient } from '../client/types';
import type { AccountConfig, FerryConfig, TemporalTarget, UpFile } from '../config/types';
import type { GlobalFlags } from './command';
import type { Io } from './io';

export interface Settings {
  readonly config: FerryConfig;
  readonly target: TemporalTarget;
  /** The `up` that is in force; null when Temporal was configured, or none runs. */
  readonly up: UpFile | null;
  readonly hostId: string;
}

// Loaded when first needed: `ferry --help` must not pay for them.
const configRoom = (): typeof import('../config') => require('../config') as typeof import('../config');
const supervisorRoom = (): typeof import('../supervisor/up-file') =>
  require('../supervisor/up-file') as typeof import('../supervisor/up-file');
const clientRoom = (): typeof import('../client') => require('../client') as typeof import('../client');

export async function readSettings(io: Io, flags: GlobalFlags): Promise<Settings> {
  const { loadConfig, resolveTemporal, hostId } = configRoom();
  const { env, cwd } = io;
  const { readUp } = supervisorRoom();
  const target = await resolveTemporal({ flags, env, cwd, readUp });
  const up = target.stateDir === null ? null : await readUp(target.stateDir);
  const config = await loadConfig({
    ...(flags.config === undefined ? {} : { configPath: flags.config }),
    ...(target.stateDir === null ? {} : { stateDir: target.stateDir }),
    env,
    cwd,
    upFile: up,
  });
  return { config, target, up, hostId: await hostId({ env, target }) };
}

export function accountOf(settings: Settings, name: string | undefined): AccountConfig {
  return configRoom().account(settings.config, name);
}

/** Connects to Temporal. TEMPORAL_UNREACHABLE within 5 s. */
export async function connectClient(settings: Settings, io: Io): Promise<FerryClient> {
  const { target, hostId } = settings;
  const connection = await configRoom().connectOptions(target, io.env);
  return clientRoom().connectFerry({ connection, namespace: target.namespace, hostId });
}

/** Runs with a client that is closed whatever happens. */
export async function withClient<Result>(
  settings: Settings,
  io: Io,
  use: (client: FerryClient) => Promise<Result>,
): Promise<Result> {
  const client = await connectClient(settings, io);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
