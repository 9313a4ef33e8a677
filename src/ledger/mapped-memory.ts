import { readFileSync } from 'node:fs';

const CHECK_EVERY_MS = 250;

/**
 * Watches how much file memory this process has gained since an opening of a store. The kernel keeps each page of the
 * store that was read, until memory is scarce, and counts it as memory of the process.
 */
export class MappedMemory {
  private readonly mostBytes: number;
  private readonly bytesBefore = mappedBytes();
  private checkedAt = performance.now();

  constructor(mostBytes: number) {
    this.mostBytes = mostBytes;
  }

  /** True when the gain exceeds the limit. The kernel is asked four times a second at most. */
  hasGrown(): boolean {
    if (performance.now() - this.checkedAt < CHECK_EVERY_MS) return false;
    this.checkedAt = performance.now();
    return mappedBytes() - this.bytesBefore > this.mostBytes;
  }
}

/** The resident pages of mapped files; 0 where the system does not tell them. */
export function mappedBytes(): number {
  try {
    const [, kilobytes = '0'] = /^RssFile:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  } catch {
    return 0;
  }
}
