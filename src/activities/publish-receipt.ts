import { setTimeout as delay } from 'node:timers/promises';
import type { KeepReceiptInput } from '../contract';
import type { ActivityDeps } from './deps';

/** A disk that takes longer is frozen or gone; the message is published and must not wait for it. */
const WITHIN_MS = 2000;

/**
 * Keeps the receipt on the host that published, before Temporal is told. Never throws: a publish that has happened must
 * not fail because of a disk.
 *
 * @returns false when it is not (yet) durable; the workflow then asks this host to keep it
 */
export async function keepPublishedReceipt(deps: ActivityDeps, input: KeepReceiptInput): Promise<boolean> {
  const timeout = new AbortController();
  const kept = deps.receipts.keep(input).then(
    () => true,
    (error: unknown) => {
      deps.log.warn('A receipt could not be kept with its publish', {
        transferId: input.receipt.transferId,
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
