import { copyFileSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

const LOG_LIMIT_BYTES = 20 * 1024 * 1024;

/**
 * Keeps every log below about twice the limit: a longer log is copied to `NAME.1` and truncated. The parts append, so
 * they continue at the new end. Lines written between copy and truncation are lost.
 */
export function boundLogs(directory: string, limitBytes = LOG_LIMIT_BYTES): void {
  for (const file of logsIn(directory)) {
    try {
      if (statSync(file).size <= limitBytes) continue;
      copyFileSync(file, `${file}.1`);
      truncateSync(file);
    } catch {
      // A full disk must not end parts that work; the next round tries again.
    }
  }
}

/** Empty when the directory cannot be read: it may have been removed. */
function logsIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.log'))
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}
