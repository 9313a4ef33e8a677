import type { FileHandle } from 'node:fs/promises';
import { diskFailure } from './disk-failures';
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

async function writeAll({ file, path, onWritten }: Destination, bytes: Uint8Array, position: number): Promise<void> {
  if (file !== null) await writeAt(file, path, bytes, position);
  onWritten(bytes.length);
}

/** Writes all of the bytes, which one call to the system need not do. */
export async function writeAt(file: FileHandle, path: string, bytes: Uint8Array, position: number): Promise<void> {
  try {
    for (let from = 0; from < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, from, bytes.length - from, position + from);
      from += bytesWritten;
    }
  } catch (error) {
    throw diskFailure(error, path);
  }
}
