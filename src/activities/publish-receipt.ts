import { setTimeout as delay } from 'node:timers/promises';
import type { KeepReceiptInput } from '../contract';
import type { ActivityDeps } from './deps';

/** A disk that takes longer is frozen or gone, and published messages must not wait for it. */
const WITHIN_MS = 2000;

/**
 * Keeps the receipts on the host that published, before Temporal is told. Never throws: a publish that has happened
 * must not fail because of a disk.
 *
 * @returns false when they are not (yet) durable; the workflow then asks this host to keep them
 */
export async function keepPublishedReceipts(
  deps: ActivityDeps,
  ...inputs: readonly KeepReceiptInput[]
): Promise<boolean> {
  const timeout = new AbortController();
  const kept = deps.receipts.keep(...inputs).then(
    () => true,
    (error: unknown) => {
      deps.log.warn('Receipts could not be kept with their publish', {
        transferIds: inputs.map(({ receipt }) => receipt.transferId),
        reason: (error as Error).message,
      });
      return false;
    },
  );
  try {
    return await Promise.race([kept, delay(WITHIN_MS, false, { signal: timeout.signal })]);
  } finally {
    timeout.abort();
  }
}
