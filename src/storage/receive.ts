import type { Connections } from './connections';
import type { Digester } from './digests';
import type { Headers } from './failures';
import type { OpenFile } from './open-file';
import type { SignedUrl } from './types';

/** What is asked for, and what happens with the answer. */
export interface ReceiveOptions {
  readonly connections: Connections;
  readonly url: SignedUrl;
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
  /** Bytes that are expected to come, where somebody knows. */
  readonly lengthHint: number | null;
  /**
   * Judges status and headers and says where the body goes; a throw ends the request. Until it resolves nothing of the
   * body is read.
   */
  readonly accept: (status: number, headers: Headers) => Promise<Destination>;
}

/** Where the bytes of one answer go. */
export interface Destination {
  /** null: only digested. */
  readonly file: OpenFile | null;
  readonly path: string;
  /** Of the first byte of the body in the file. */
  readonly position: number;
  /** Bytes that the body must have. */
  readonly length: number;
  readonly digester: Digester;
  /** Called with the bytes that came off the connection. */
  readonly onReceived: (bytes: number) => void;
  /** Called with the bytes that were written. */
  readonly onWritten: (bytes: number) => void;
}

/**
 * Moves the body of a GET into a file, in order, and through the digester. Resolves when all bytes are written and
 * were given to the digester; rejects with the raw error of the network, with a FerryError of the disk, or with the
 * signal's reason. What was received before a failure is written first.
 */
export type Receive = (options: ReceiveOptions) => Promise<void>;
