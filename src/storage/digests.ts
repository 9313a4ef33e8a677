import { createHash } from 'node:crypto';

export interface Digests {
  /** Lower-case hex. */
  readonly md5: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** MD5 (which Swift answers as ETag) and SHA-256 (for the receipt) over bytes given in order. */
export interface Digester {
  /** The bytes may be overwritten once the promise resolves; the next call need not wait for that. */
  update(bytes: Uint8Array): Promise<void> | void;
  /** Once, after the last `update`. */
  finish(): Promise<Digests>;
  /** Lets go of what it holds; also when not finished. */
  dispose(): void;
}

/** Digests on the calling thread. */
export function inlineDigester(): Digester {
  const md5 = createHash('md5');
  const sha256 = createHash('sha256');
  return {
    update(bytes) {
      md5.update(bytes);
      sha256.update(bytes);
    },
    finish: () => Promise.resolve({ md5: md5.digest('hex'), sha256: sha256.digest('hex') }),
    dispose: () => undefined,
  };
}

/** A buffer that every digester takes without a copy. */
export function sharedBuffer(bytes: number): Buffer {
  return Buffer.from(new SharedArrayBuffer(bytes));
}

const READ_BYTES = 512 * 1024;
const READS = 3;

/**
 * Digests `length` bytes that `fill` reads (fewer than asked for only at the end), reading ahead. False: there were
 * fewer. The digester is not finished.
 */
export async function digestAll(
  fill: (buffer: Buffer, position: number) => Promise<number>,
  length: number,
  digester: Digester,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const ring: { buffer: Buffer; free: Promise<void> | void }[] = [];
  for (let position = 0, turn = 0; position < length; turn += 1) {
    signal?.throwIfAborted();
    const slot = (ring[turn % READS] ??= { buffer: sharedBuffer(Math.min(READ_BYTES, length)), free: undefined });
    await slot.free;
    const filled = await fill(slot.buffer.subarray(0, Math.min(slot.buffer.length, length - position)), position);
    if (filled === 0) return false;
    slot.free = digester.update(slot.buffer.subarray(0, filled));
    slot.free?.catch(() => undefined);
    position += filled;
  }
  for (const slot of ring) await slot.free;
  return true;
}
