import type { ConnectionOptions } from '@temporalio/client';
import type { PayloadKeys } from '../codec';

/** Facts about a file on this machine. */
export interface SourceInspection {
  /** Absolute, symbolic links resolved. */
  readonly path: string;
  /** Base name. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Milliseconds since the epoch, with fraction. */
  readonly mtimeMs: number;
  readonly inode: number;
}

export interface FerryClientOptions {
  /** Address, TLS and key of Temporal, as its SDK takes them. @default address 127.0.0.1:7233, no TLS */
  readonly connection: ConnectionOptions;
  /**
   * Reads the settings of `connection` again, every few seconds: when they differ, such as after the renewal of a
   * certificate, a new connection takes over. `locateTemporal` gives it. @default they never change
   */
  readonly readConnection?: () => Promise<ConnectionOptions>;
  /** Temporal's namespace; that of a `ferry up` stands in its `up.json`. */
  readonly namespace: string;
  /**
   * Id of this machine, whose worker has the files: what `ferry worker --host-id` was given (by default the host name),
   * or `hostId` in the `up.json` of a `ferry up`.
   */
  readonly hostId: string;
  /**
   * Keys that payloads are sealed with, from `locateTemporal`. Needed for a `ferry up`, and where ferry.toml says
   * `payloads = "sealed"`. @default payloads are in clear
   */
  readonly payloadKeys?: PayloadKeys | null;
  /** How Temporal's history names this client. @default the SDK's: pid and host name */
  readonly identity?: string;
  /**
   * Looks at a file of this machine before its transfer starts.
   * @default it exists, is a regular file and can be looked at; size, modification time and inode by stat
   */
  readonly inspect?: (file: string) => Promise<SourceInspection>;
}
