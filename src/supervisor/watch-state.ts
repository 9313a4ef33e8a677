/** Reports files that are missing from the state directory, at the start and while everything runs. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { databaseFile } from '../engine';
import { FerryError } from '../errors';
import type { StatePaths } from './state-dir';

const LOOK_EVERY_MS = 2000;

/** Reports the files of an earlier `ferry up` that this one has to create again. Call it before any file is created. */
export function tellMissing(paths: StatePaths, onNotice: (sentence: string) => void): void {
  const hasDatabase = namesIn(paths.temporalDir).some((name) => name.endsWith('.db'));
  const hasReceipts = namesIn(join(paths.root, 'receipts')).length > 0;
  if (!hasDatabase && hasReceipts) {
    onNotice(
      `The database of Temporal is missing in ${paths.temporalDir}: an empty one is made. Transfers that were under ` +
        'way are lost; files with a receipt count as sent.',
    );
  }
  if (hasDatabase && !existsSync(paths.sealKey)) {
    onNotice(
      `${paths.sealKey} is missing: another key is made. Transfers that were sealed with the old key wait until it is ` +
        'back.',
    );
  }
}

/**
 * Checks regularly that the files of the server still exist. A server does not notice when its database file is
 * removed, and loses all data when it ends.
 *
 * @returns the function that stops it
 */
export function watchState(paths: StatePaths, onGone: (error: FerryError) => void): () => void {
  const database = databaseFile(paths.temporalDir);
  const first = identity(database);
  const timer = setInterval(() => {
    if (first !== null && identity(database) === first) return;
    clearInterval(timer);
    const message = `${existsSync(paths.root) ? database : paths.root} was removed or replaced while ferry up runs.`;
    const remedy = 'Put it back where it was, then start ferry up again. Without it, ferry up begins with nothing.';
    onGone(new FerryError('ENGINE_FAILED', message, { remedy }));
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

function identity(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? null : `${stats.dev} ${stats.ino}`;
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
