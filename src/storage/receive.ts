import type { Permit } from '../lib/gate';
import type { Connections, RequestParts } from './connections';
import type { Digester } from './digests';
import type { Headers } from './failures';
import { GatheredWrites } from './gathered-writes';
import type { OpenFile } from './open-file';
import type { SignedUrl } from './types';

/** A request and the handling of its answer. */
export interface ReceiveOptions {
  readonly connections: Connections;
  readonly url: SignedUrl;
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
  /**
   * Checks status and headers, and returns the destination of the body; a throw ends the request. The body is read only
   * after the promise has resolved.
   */
  readonly accept: (status: number, headers: Headers) => Promise<Destination>;
}

/** The destination of a body. */
export interface Destination {
  /** Null: the bytes are only digested. */
  readonly file: OpenFile | null;
  readonly path: string;
  /** Position of the body's first byte in the file. */
  readonly position: number;
  /** Number of bytes that the body must have. */
  readonly length: number;
  readonly digester: Digester;
  /** Called with the number of bytes that arrived. */
  readonly onReceived: (bytes: number) => void;
  /** True: nothing is read, because of a limit of our own; false: it goes on. */
  readonly onPaced: (waits: boolean) => void;
  /** Called with the number of bytes that were written. */
  readonly onWritten: (bytes: number) => void;
}

/**
 * Writes the body of a GET to a file, in order, and digests it. Resolves when all bytes are written and
 * digested; rejects with the raw error of the network, with a FerryError of the disk, or with the signal's reason.
 */
export async function receive({ connections, url, headers, signal, accept }: ReceiveOptions): Promise<void> {
  let place: Permit | null = null;
  const get: RequestParts = {
    method: 'GET',
    url,
    headers,
    headersTimeoutMs: connections.options.headersTimeoutMs,
    signal,
  };
  const response = await connections.request(get, (permit) => (place = permit));
  let writes: GatheredWrites | null = null;
  try {
    const destination = await accept(response.statusCode, response.headers);
    writes = new GatheredWrites(destination);
    for await (const piece of response.body as AsyncIterable<Buffer>) {
      destination.onReceived(piece.length);
      destination.digester.update(piece);
      await writes.add(piece);
      if (place !== null) await paced(place, piece.length, destination);
    }
  } finally {
    response.body.on('error', () => undefined);
    response.body.destroy();
    await writes?.end();
  }
}

/** Waits until the rate limit allows the received bytes, before more bytes are read. */
async function paced(permit: Permit, bytes: number, { onPaced }: Destination): Promise<void> {
  onPaced(true);
  for (let left = bytes; left > 0;) left -= await permit.bytes(left);
  onPaced(false);
}
