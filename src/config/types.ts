import type { AccountLimitValues, NoticeReason } from '../contract';
import type { ErrorCode } from '../errors';
import type { FileRules } from '../files/types';
import type { NoticeFormat } from '../notify/types';

export type SecretRef = { readonly env: string } | { readonly file: string };

export type LoginConfig =
  | { readonly kind: 'password'; readonly username: string; readonly password: SecretRef }
  /** A JSON or TOML file of mode 0600 with clientId and clientSecret, or the four parts of an old API key. */
  | { readonly kind: 'apiKey'; readonly username: string; readonly file: string };

export type ConsumerConfig =
  | { readonly mode: 'signup'; readonly name: string }
  | { readonly mode: 'anonymous'; readonly name: string; readonly connectorId: string }
  | {
      readonly mode: 'authenticated';
      readonly name: string;
      readonly token:
        | { readonly file: string }
        | { readonly env: string }
        | {
            readonly command: readonly string[];
            /** Names of the variables that the command gets besides the harmless variables. */
            readonly variables: readonly string[];
            /** Patterns of the consumers that the command may be asked for; null: any. */
            readonly consumers: readonly string[] | null;
          };
    };

export interface AccountConfig {
  /** The name in ferry.toml, not LivePerson's id. */
  readonly name: string;
  readonly accountId: string;
  /** `host[:port]` of domain discovery. */
  readonly domain: string;
  readonly plaintext: boolean;
  /** Absolute path of a PEM file; null: the system's authorities. */
  readonly caFile: string | null;
  readonly trustedHosts: readonly string[];
  readonly enableFileSharing: boolean;
  readonly login: LoginConfig | null;
  readonly consumer: ConsumerConfig;
  readonly skillId: string;
  readonly files: FileRules;
  /**
   * Rules for fetched files. `maxBytes` is for objects whose size is not known before; `mode` is a number, such as
   * 0o600.
   */
  readonly fetched: { readonly maxBytes: number; readonly mode: number };
  /** The meaning of the service's refusals, by the three digits of the answer or by its errorCode. */
  readonly refusals: Readonly<Record<string, ErrorCode>>;
  /** null: no limit (embedded server only). Absolute paths. */
  readonly directories: { readonly sources: readonly string[]; readonly targets: readonly string[] } | null;
  /** Over all workers; null: none are configured. */
  readonly limits: AccountLimitValues | null;
  /** True when the account is the local sandbox: nothing leaves this machine. */
  readonly practice: boolean;
}

/** One `[[notify]]` table: a receiver, and the reasons that it gets. */
export interface NotifyConfig {
  readonly name: string;
  readonly format: NoticeFormat;
  /** The URL, or the source of the URL. */
  readonly url: string | SecretRef;
  readonly secret: SecretRef | null;
  readonly on: readonly NoticeReason[];
  /** null: all */
  readonly accounts: readonly string[] | null;
  readonly privateHosts: readonly string[];
}

export interface FerryConfig {
  /** The file of the configuration; null when there is none. */
  readonly path: string | null;
  readonly defaultAccount: string | null;
  readonly accounts: Readonly<Record<string, AccountConfig>>;
  /** The source of the seal keys, which only `loadSealKeys` reads, on the worker. */
  readonly sealKeyFile: string | null;
  /** File on the worker's machine that heads of receipts and audit lines are appended to; null: in the state directory. */
  readonly auditAnchor: string | null;
  /** How many transfers of one worker may move bytes at once. */
  readonly byteSlots: number;
  /** How payloads are stored in a Temporal server that is not embedded. */
  readonly payloads: 'clear' | 'sealed';
  /** The source of the keys for sealed payloads. */
  readonly payloadKeyFile: string | null;
  /** `host:port` for probes of a worker; null: none. */
  readonly healthAddress: string | null;
  /** `host:port` of a worker's metrics; null: none are kept. */
  readonly metricsAddress: string | null;
  readonly notify: readonly NotifyConfig[];
}

/** The content of `DIR/up.json`, which `ferry up --json` prints when it is ready. */
export interface UpInfo {
  readonly type: 'ready';
  readonly v: 1;
  readonly ready: boolean;
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly uiUrl: string;
  readonly sandboxUrl: string | null;
  readonly stateDir: string;
  readonly pids: { readonly temporal: number; readonly sandbox: number | null; readonly worker: number | null };
}

/** The file in the state directory. Start times tell a process from a later process with the same pid. */
export interface UpFile extends UpInfo {
  readonly up: { readonly pid: number; readonly startTime: string };
  /** Start time of each process as the kernel knows it (`/proc/PID/stat` field 22, or `ps -o lstart`). */
  readonly startTimes: { readonly temporal: string; readonly sandbox: string | null; readonly worker: string | null };
  /** Rules of the sandbox account, raised by --max-bytes and --types. */
  readonly files: FileRules;
  readonly hostId: string;
}

/** The Temporal server to use, and the reason for the choice. */
export interface TemporalTarget {
  readonly address: string;
  readonly namespace: string;
  /** `embedded`: an `up` on this machine; `configured`: TEMPORAL_* or a profile. */
  readonly kind: 'embedded' | 'configured';
  /** For people: "the ferry up in /home/x/.local/state/ferry". */
  readonly from: string;
  /** State directory of the `up`, when embedded. */
  readonly stateDir: string | null;
}
