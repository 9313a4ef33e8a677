import type { FetchProgress } from '../engine';
import type { UpFile, UpInfo } from '../config/types';
import type { Env } from '../lib/env';

export interface SandboxSettings {
  /** Life of a signed URL in seconds. */
  readonly urlLifeSeconds?: number;
  /** Seconds until the messaging service notices a changed site property. @default 0 */
  readonly propertyDelaySeconds?: number;
  /** Largest file in bytes, on both sides. @default 3145728 */
  readonly maxBytes?: number;
  /** File types, on both sides. @default JPG, JPEG, PNG, GIF */
  readonly types?: readonly string[];
  /** A real Swift server whose URLs the sandbox signs; without `keyFile` the sandbox reads FERRY_SWIFT_KEY. */
  readonly swift?: { readonly url?: string; readonly keyFile?: string };
  /** Use https and wss, with a certificate authority that the sandbox makes. @default false */
  readonly tls?: boolean;
}

export interface UpOptions {
  /** Directory of this `up`: database, sandbox, logs, ferry.toml, seal.key. Created when missing. */
  readonly stateDir: string;
  /** The cache directory of the Temporal CLI. */
  readonly cacheDir: string;
  /**
   * Ports on loopback. Absent: the default (7233, 8233, 8480), or the next free port, with a notice. Given: PORT_BUSY
   * when the port is in use. 0: any free port.
   */
  readonly ports?: { readonly temporal?: number; readonly ui?: number; readonly sandbox?: number };
  /** @default true */
  readonly worker?: boolean;
  /** @default true */
  readonly sandbox?: boolean;
  readonly sandboxSettings?: SandboxSettings;
  /** Port on loopback where the worker serves its metrics. @default metricsAddress of its ferry.toml */
  readonly metricsPort?: number;
  /** Gets sentences for people: which port was chosen, which part died and is restarted. */
  readonly onNotice?: (sentence: string) => void;
  /** Called while the Temporal CLI is fetched, the first time on a machine. */
  readonly onProgress?: (progress: FetchProgress) => void;
  /**
   * True: SIGINT, SIGTERM and SIGHUP end the parts in order, and a second signal kills them. False: the caller calls
   * `stop`, or aborts `signal` to end a start. @default true
   */
  readonly handleSignals?: boolean;
  readonly signal?: AbortSignal;
  /** Programs of the parts. @default those of this build */
  readonly scripts?: { readonly worker?: string; readonly sandbox?: string };
  /** @default process.env */
  readonly env?: Env;
}

export interface UpHandle {
  /** What `ferry up --json` prints. */
  readonly info: UpInfo;
  /** The present content of `up.json`. */
  current(): UpFile;
  /** Resolves when all parts have ended in order. Rejects with a FerryError when a part could not be kept running. */
  readonly ended: Promise<void>;
  /** Ends worker, sandbox and Temporal, in this order. */
  stop(): Promise<void>;
}

/** The state that `ferry down` found. */
export type StopResult = 'stopped' | 'leftovers-ended' | 'not-running';
