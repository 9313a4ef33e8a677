import { join } from 'node:path';
import type { Ledger } from '../../ledger';
import { lazy } from './lazy';

/** Opens the ledger of this host for `use`, and closes it. The worker may have it open at the same time. */
export async function withLedger<T>(stateDir: string, use: (ledger: Ledger) => Promise<T>): Promise<T> {
  const ledger = lazy.ledger().openLedger(join(stateDir, 'ledger'));
  try {
    return await use(ledger);
  } finally {
    await ledger.close();
  }
}
