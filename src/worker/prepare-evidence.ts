import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { FerryError, writeFailure } from '../errors';
import { makeAuditKey } from '../evidence';

/**
 * Makes the directory of the receipts and the audit key. A worker does not start when it cannot store receipts.
 * TARGET_NOT_WRITABLE. A full disk is detected later, when a receipt is written.
 */
export function prepareEvidence(stateDir: string): void {
  const directory = join(stateDir, 'receipts');
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    makeAuditKey(stateDir);
  } catch (cause) {
    const error = writeFailure(cause, directory);
    if (error.code === 'DISK_FULL') return;
    const way = 'Give the worker a state directory that it may write (XDG_STATE_HOME).';
    throw new FerryError('TARGET_NOT_WRITABLE', `Receipts cannot be kept: ${error.message} ${way}`, { cause });
  }
}
