/** What a fault does to the bytes of a body on their way. */
import type { FaultAction } from '../types';

/** `position` is that of the chunk's first byte in the body. */
export type Damage = (chunk: Buffer, position: number) => Buffer;

/**
 * - `corrupt`: the first byte of the body and every 64 KiBth after it are inverted: the length stays
 * - `truncateAtBytes`: what lies behind is gone
 */
export function damageOf(action: FaultAction | null): Damage | null {
  if (action === 'corrupt') return invertSome;
  if (typeof action !== 'object' || action === null || !('truncateAtBytes' in action)) return null;
  const most = action.truncateAtBytes;
  return (chunk, position) => chunk.subarray(0, Math.max(0, most - position));
}

const STRIDE = 65_536;

function invertSome(chunk: Buffer, position: number): Buffer {
  const copy = Buffer.from(chunk);
  for (let at = (STRIDE - (position % STRIDE)) % STRIDE; at < copy.length; at += STRIDE) {
    copy[at] = (copy[at] ?? 0) ^ 0xff;
  }
  return copy;
}
