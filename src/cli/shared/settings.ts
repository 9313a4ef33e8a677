/** From flags, environment and files to what a command needs; everything before the first byte on the network. */
import type { FerryClientOptions } from '../../client/options';
import type { FerryClient } from '../../client/types';
import type { AccountConfig, FerryConfig, TemporalTarget, UpFile } from '../../config/types';
import { isFerryError, type FerryError } from '../../errors';
import { defined } from '../../lib/defined';
import type { GlobalFlags } from './command';
import type { Io } from './io';
import { lazy } from './lazy';

export interface Settings {
  /** Read when it is asked for: a fault in it must not hinder commands that need no account. CONFIG_INVALID. */
  readonly config: FerryConfig;
  readonly target: TemporalTarget;
  /** The `up` that is in force; null when Temporal was configured, or none runs. */
  readonly up: UpFile | null;
  readonly hostId: string;
  /** Why there is no Temporal to connect to; thrown when it is needed. */
  readonly unreachable: FerryError | null;
}

export async function readSettings(io: Io, flags: GlobalFlags): Promise<Settings> {
  const { loadConfig, hostId } = lazy.config();
  const { env, cwd } = io;
  const { target, unreachable } = await findTemporal(io, flags);
  const up = target.stateDir === null ? null : lazy.upFile().readUp(target.stateDir);
  const given = givenStateDir(io, flags);
  let config: FerryConfig | undefined;
  return {
    get config() {
      config ??= loadConfig({
        ...defined({ configPath: flags.config, stateDir: given ?? undefined }),
        env,
        cwd,
        upFile: up,
      });
      return config;
    },
    target,
    up,
    hostId: hostId({ env, target }),
    unreachable,
  };
}

type Found = Pick<Settings, 'target' | 'unreachable'>;

/** That no Temporal is there must not hide what is wrong before it is needed: bad files come first, exit 2 before 4. */
async function findTemporal(io: Io, flags: GlobalFlags): Promise<Found> {
  const { env, cwd } = io;
  try {
    const target = await lazy.config().resolveTemporal({ flags, env, cwd, readUp: lazy.upFile().readUp });
    return { target, unreachable: null };
  } catch (error) {
    if (!isFerryError(error) || error.code !== 'TEMPORAL_UNREACHABLE') throw error;
    const stateDir = givenStateDir(io, flags);
    const target = { address: '', namespace: '', kind: 'embedded', from: 'no ferry up', stateDir } as const;
    return { target, unreachable: error };
  }
}

/** The state directory that `up` and `down` are about: --state over FERRY_STATE over the user's own. */
export function upStateDir(io: Io, flags: GlobalFlags): string {
  return givenStateDir(io, flags) ?? lazy.config().defaultStateDir(io.env);
}

/** --state over FERRY_STATE; null when neither says anything. */
function givenStateDir({ env, cwd }: Io, flags: GlobalFlags): string | null {
  const named = flags.state ?? env['FERRY_STATE'] ?? '';
  return named === '' ? null : lazy.config().pathFrom(cwd, named, env);
}

export function accountOf(settings: Settings, name: string | undefined): AccountConfig {
  return lazy.config().account(settings.config, name);
}

/** Connects to Temporal. TEMPORAL_UNREACHABLE within 5 s. `inspect`: see {@link FerryClientOptions}. */
export async function connectClient(
  settings: Settings,
  io: Io,
  inspect?: FerryClientOptions['inspect'],
): Promise<FerryClient> {
  const { target, hostId, unreachable } = settings;
  if (unreachable !== null) throw unreachable;
  const connection = await lazy.config().connectOptions(target, io.env);
  const payloadKeys = lazy.config().loadPayloadKeys(target, () => settings.config, io.env);
  const { namespace } = target;
  return lazy.client().connectFerry({ connection, namespace, hostId, payloadKeys, ...defined({ inspect }) });
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
