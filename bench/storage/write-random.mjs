import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** A file that does not compress, of so many MiB that all differ. */
export async function writeRandom(path, mib) {
  const out = createWriteStream(path);
  const block = randomBytes(2 ** 20);
  for (let at = 0; at < mib; at += 1) {
    block.writeUInt32LE(at);
    if (!out.write(Buffer.from(block))) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
}
