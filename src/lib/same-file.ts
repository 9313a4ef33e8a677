/**
 * When a file counts as the one that was seen before. Times are compared in whole milliseconds: copying, restoring or a file
 * server may take the nanoseconds away, and a time in milliseconds may come back as 560.99997 instead of 561.
 */
export function isSameTime(mtimeMs: number, otherMs: number): boolean {
  return wholeMs(mtimeMs) === wholeMs(otherMs) || Math.abs(mtimeMs - otherMs) < LEAST_DIFFERENCE;
}

/**
 * Nanoseconds divided by a million and the milliseconds of Node's `stat` differ in their last digit, so for one file in
 * ten thousand only one of the two is rounded up to the next millisecond.
 */
const LEAST_DIFFERENCE = 0.002;

export function wholeMs(mtimeMs: number): number {
  return Math.floor(mtimeMs + 0.001);
}

export interface SeenFile {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly inode: number;
}

/** @param now what the system says of the open file */
export function isSameVersion(seen: SeenFile, now: { size: number; mtimeMs: number; ino: number }): boolean {
  return now.size === seen.sizeBytes && now.ino === seen.inode && isSameTime(now.mtimeMs, seen.mtimeMs);
}
