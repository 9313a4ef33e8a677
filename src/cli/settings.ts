/** From flags, environment and files to what a command needs; everything before the first byte on the network. */
import { resolve } from 'node:path';
import type { FerryClient } from '../client/types';
import type { AccountConfig, FerryConfig, TemporalTarget, UpFile } from '../config/types';
import type { GlobalFlags } from './command';
import type { Io } from './io';
import { rooms } from './rooms';

export interface Settings {
  readonly config: FerryConfig;
  readonly target: TemporalTarget;
  /** The `up` that is in force; null when Temporal was configured, or none runs. */
  readonly up: UpFile | null;
  readonly hostId: string;
}

export async function readSettings(io: Io, flags: GlobalFlags): Promise<Settings> {
  const { loadConfig, resolveTemporal, hostId } = rooms.config();
  const { env, cwd } = io;
  const { readUp } = rooms.upFile();
  const target = await resolveTemporal({ flags, env, cwd, readUp });
  const up = target.stateDir === null ? null : readUp(target.stateDir);
  const config = loadConfig({
    ...(flags.config === undefined ? {} : { configPath: flags.config }),
    ...(target.stateDir === null ? {} : { stateDir: target.stateDir }),
    env,
    cwd,
    upFile: up,
  });
  return { config, target, up, hostId: hostId({ env, target }) };
}

/** The state directory that `up` and `down` are about: --state over FERRY_STATE over the user's own. */
export function upStateDir(io: Io, flags: GlobalFlags): string {
  const named = flags.state ?? io.env['FERRY_STATE'] ?? '';
  return named === '' ? rooms.config().defaultStateDir(io.env) : resolve(io.cwd, named);
}

export function accountOf(settings: Settings, name: string | undefined): AccountConfig {
  return rooms.config().account(settings.config, name);
}

/** Connects to Temporal. TEMPORAL_UNREACHABLE within 5 s. */
export async function connectClient(settings: Settings, io: Io): Promise<FerryClient> {
  const { target, hostId } = settings;
  const connection = await rooms.config().connectOptions(target, io.env);
  return rooms.client().connectFerry({ connection, namespace: target.namespace, hostId });
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
