import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

const CHUNK = 256 * 1024;

/** True when two files of equal size have the same bytes. An unreadable file is not the same as any other. */
export async function sameContent(one: string, other: string, signal?: AbortSignal): Promise<boolean> {
  const [a, b] = await Promise.all([openFile(one), openFile(other)]);
  try {
    if (!a || !b) return false;
    const bufferA = Buffer.allocUnsafe(CHUNK);
    const bufferB = Buffer.allocUnsafe(CHUNK);
    for (let position = 0; ;) {
      signal?.throwIfAborted();
      const [{ bytesRead }, { bytesRead: bytesReadB }] = await Promise.all([
        a.read(bufferA, 0, CHUNK, position),
        b.read(bufferB, 0, CHUNK, position),
      ]);
      if (bytesRead !== bytesReadB) return false;
      if (bytesRead === 0) return true;
      if (!bufferA.subarray(0, bytesRead).equals(bufferB.subarray(0, bytesRead))) return false;
      position += bytesRead;
    }
  } finally {
    await a?.close();
    await b?.close();
  }
}

/** Does not wait for a writer, in case a named pipe has replaced the file. */
async function openFile(path: string): Promise<FileHandle | null> {
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null);
}
