import { createHash } from 'node:crypto';

export interface Digests {
  /** Lower-case hex. */
  readonly md5: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** MD5 (which Swift answers as ETag) and SHA-256 (for the receipt) over bytes given in order. */
export interface Digester {
  update(bytes: Uint8Array): void;
  /** Call it once, after the last `update`. */
  finish(): Digests;
}

export function createDigester(): Digester {
  const md5 = createHash('md5');
  const sha256 = createHash('sha256');
  return {
    update(bytes) {
      md5.update(bytes);
      sha256.update(bytes);
    },
    finish: () => ({ md5: md5.digest('hex'), sha256: sha256.digest('hex') }),
  };
}

// Digesting blocks the event loop: about 1 ms for this many bytes.
const READ_BYTES = 512 * 1024;

/**
 * Digests `length` bytes that `fill` reads (fewer than requested only at the end). False: there were fewer bytes. Does
 * not finish the digester.
 */
export async function digestAll(
  fill: (buffer: Buffer, position: number) => Promise<number>,
  length: number,
  digester: Digester,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, length));
  for (let position = 0; position < length;) {
    signal?.throwIfAborted();
    const filled = await fill(buffer.subarray(0, Math.min(buffer.length, length - position)), position);
    if (filled === 0) return false;
    digester.update(buffer.subarray(0, filled));
    position += filled;
  }
  return true;
}
