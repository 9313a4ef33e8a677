import { copyFileSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

const LOG_LIMIT_BYTES = 20 * 1024 * 1024;

/**
 * Keeps every log below about twice the limit: what is longer is copied to `NAME.1` and cut. The parts append, so they
 * go on at the new end; lines written between copy and cut are lost.
 */
export function boundLogs(directory: string, limitBytes = LOG_LIMIT_BYTES): void {
  for (const file of logsIn(directory)) {
    try {
      if (statSync(file).size <= limitBytes) continue;
      copyFileSync(file, `${file}.1`);
      truncateSync(file);
    } catch {
      // A disk that is full must not end what runs well; the next round tries again.
    }
  }
}

/** None when the directory cannot be read: somebody may have taken it away. */
function logsIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.log'))
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}
