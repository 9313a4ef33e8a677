import { diskFailure } from './disk-failures';
import { SMALL_BYTES, type OpenFile } from './open-file';
import type { Destination, Receive } from './receive';

/** The reference: undici's body stream, written and digested piece by piece on this thread. */
export const receivePlain: Receive = async ({ connections, url, headers, signal, accept }) => {
  const response = await connections.request({
    method: 'GET',
    url,
    headers,
    headersTimeoutMs: connections.options.headersTimeoutMs,
    signal,
  });
  try {
    const destination = await accept(response.statusCode, response.headers);
    let position = destination.position;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      destination.onReceived(chunk.length);
      await writeAll(destination, chunk, position);
      position += chunk.length;
      await destination.digester.update(chunk);
    }
  } finally {
    response.body.on('error', () => undefined);
    response.body.destroy();
  }
};

async function writeAll(to: Destination, bytes: Uint8Array, position: number): Promise<void> {
  const { file, path, length, onWritten } = to;
  if (file !== null && length <= SMALL_BYTES) writeNow(file, path, bytes, position);
  else if (file !== null) await writeAt(file, path, bytes, position);
  onWritten(bytes.length);
}

/** Writes all of the bytes, which one call to the system need not do. */
export async function writeAt(file: OpenFile, path: string, bytes: Uint8Array, position: number): Promise<void> {
  try {
    for (let from = 0; from < bytes.length;) {
      from += await file.write(bytes.subarray(from), position + from);
    }
  } catch (error) {
    throw diskFailure(error, path);
  }
}

function writeNow(file: OpenFile, path: string, bytes: Uint8Array, position: number): void {
  try {
    file.writeNow(bytes, position);
  } catch (error) {
    throw diskFailure(error, path);
  }
}
