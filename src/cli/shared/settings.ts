/** Reads the settings of a command from flags, environment and files, without the network. */
import type { FerryClientOptions } from '../../client/options';
import type { FerryClient } from '../../client/types';
import type { AccountConfig, FerryConfig, TemporalTarget, UpFile } from '../../config/types';
import { isFerryError, type FerryError } from '../../errors';
import { defined } from '../../lib/defined';
import type { GlobalFlags } from './command';
import type { Io } from './io';
import { lazy } from './lazy';

export interface Settings {
  /** Read at the first use: a fault in it must not stop commands that need no account. CONFIG_INVALID. */
  readonly config: FerryConfig;
  readonly target: TemporalTarget;
  /** The running `up`; null when there is none, or when Temporal was configured. */
  readonly up: UpFile | null;
  readonly hostId: string;
  /** Holds the jobs, schedules, ledger and audit log of this host. Found at the first use: it may need a HOME. */
  readonly stateDir: string;
  /** The error when no Temporal is configured or running; thrown at the first use of Temporal. */
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
    get stateDir() {
      return target.stateDir ?? upStateDir(io, flags);
    },
    unreachable,
  };
}

type Found = Pick<Settings, 'target' | 'unreachable'>;

/** A missing Temporal must not hide earlier faults: bad files come first, exit 2 before 4. */
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

/** The state directory for `up` and `down`: --state, else FERRY_STATE, else the user's own. */
export function upStateDir(io: Io, flags: GlobalFlags): string {
  return givenStateDir(io, flags) ?? lazy.config().defaultStateDir(io.env);
}

/** --state, else FERRY_STATE, else null. */
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
  const readConnection = () => lazy.config().connectOptions(target, io.env);
  const connection = await readConnection();
  const payloadKeys = lazy.config().loadPayloadKeys(target, () => settings.config, io.env);
  const { namespace } = target;
  return lazy
    .client()
    .connectFerry({ connection, readConnection, namespace, hostId, payloadKeys, ...defined({ inspect }) });
}

/** Runs `work` with a client, and closes the client in every case. */
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
