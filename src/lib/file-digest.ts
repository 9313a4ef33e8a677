import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

const CHUNK_BYTES = 256 * 1024;

/** The md5 of a file in lower-case hex. Throws the errors of the file system. */
export async function md5Of(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream(path, { highWaterMark: CHUNK_BYTES }), hash, signal === undefined ? {} : { signal });
  return hash.digest('hex');
}
