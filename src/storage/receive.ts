import type { Connections } from './connections';
import type { Digester } from './digests';
import type { Headers } from './failures';
import { GatheredWrites } from './gathered-writes';
import type { OpenFile } from './open-file';
import type { SignedUrl } from './types';

/** What is asked for, and what happens with the answer. */
export interface ReceiveOptions {
  readonly connections: Connections;
  readonly url: SignedUrl;
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
  /**
   * Judges status and headers and says where the body goes; a throw ends the request. Nothing of the body is read until
   * the promise resolves.
   */
  readonly accept: (status: number, headers: Headers) => Promise<Destination>;
}

/** Where the bytes of an answer go. */
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
 * digested; rejects with the raw error of the network, with a FerryError of the disk, or with the signal's reason.
 */
export async function receive({ connections, url, headers, signal, accept }: ReceiveOptions): Promise<void> {
  const response = await connections.request({
    method: 'GET',
    url,
    headers,
    headersTimeoutMs: connections.options.headersTimeoutMs,
    signal,
  });
  let writes: GatheredWrites | null = null;
  try {
    const destination = await accept(response.statusCode, response.headers);
    writes = new GatheredWrites(destination);
    for await (const piece of response.body as AsyncIterable<Buffer>) {
      destination.onReceived(piece.length);
      destination.digester.update(piece);
      await writes.add(piece);
    }
  } finally {
    response.body.on('error', () => undefined);
    response.body.destroy();
    await writes?.end();
  }
}
