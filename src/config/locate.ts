import { connectOptions, resolveTemporal, type ConnectOptions } from './temporal';
import type { SealKey } from '../secrets';
import { loadPayloadKeys } from './credentials';
import { hostId } from './host';
import { loadConfig } from './load';
import { defaultStateDir } from './paths';
import { readUp } from './up-file';

export interface LocateOptions {
  /** State directory of a `ferry up`. @default FERRY_STATE, then the other ways that `locateTemporal` tries */
  readonly state?: string;
  /** Id of this host. @default FERRY_HOST_ID, the id of the `up` in force, or the host name */
  readonly hostId?: string;
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here. @default process.cwd() */
  readonly cwd?: string;
}

/** A Temporal server and this host: the facts that `connectFerry` and `runWorker` need. */
export interface LocatedTemporal {
  /** Address, TLS, API key and headers, as Temporal's SDK takes them. */
  readonly connection: ConnectOptions;
  /** Reads `connection` again: files of certificates and Temporal's profile may change. CONFIG_INVALID. */
  readonly readConnection: () => Promise<ConnectOptions>;
  readonly namespace: string;
  /** Names the task queues of this host. */
  readonly hostId: string;
  /** `embedded`: the server of a `ferry up` on this machine; `configured`: from TEMPORAL_* or a profile. */
  readonly kind: 'embedded' | 'configured';
  /** Keys for payloads: the first key seals, every key opens. Null: payloads are in clear. */
  readonly payloadKeys: readonly SealKey[] | null;
  /** Absolute. The state directory of the `up`, or the user's own. */
  readonly stateDir: string;
}

/**
 * Finds Temporal as the command line does: `state` or FERRY_STATE, then the TEMPORAL_* variables, then the default
 * `ferry up` while it runs, then Temporal's own profile.
 *
 * @throws FerryError TEMPORAL_UNREACHABLE when there is none of these; CONFIG_INVALID; USAGE (a bad host id)
 */
export async function locateTemporal(options: LocateOptions = {}): Promise<LocatedTemporal> {
  const { state, env = process.env, cwd = process.cwd() } = options;
  const target = await resolveTemporal({ flags: { state }, env, cwd, readUp });
  const readConnection = (): Promise<ConnectOptions> => connectOptions(target, env);
  return {
    connection: await readConnection(),
    readConnection,
    namespace: target.namespace,
    hostId: hostId({ env, target, flag: options.hostId }),
    kind: target.kind,
    stateDir: target.stateDir ?? defaultStateDir(env),
    payloadKeys: loadPayloadKeys(target, () => loadConfig({ env, cwd }), env),
  };
}
