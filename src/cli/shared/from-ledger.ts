/** What the ledger of this host knows about a transfer whose history Temporal no longer keeps. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TransferStatus } from '../../client/types';
import type { Receipt } from '../../contract';
import { isFerryError } from '../../errors';
import { lazy } from './lazy';
import { safe } from './output/text';
import type { Settings } from './settings';

/** Null when the ledger has no receipt of the transfer, and when the ledger cannot be read. */
export async function receiptInLedger(
  { stateDir }: Pick<Settings, 'stateDir'>,
  transferId: string,
): Promise<Receipt | null> {
  const directory = join(stateDir, 'ledger');
  if (!existsSync(directory)) return null;
  const ledger = lazy.ledger().openLedger(directory);
  try {
    return (await ledger.ofTransfer(transferId)).receipts.at(-1) ?? null;
  } catch (error) {
    if (isFerryError(error)) return null;
    throw error;
  } finally {
    await ledger.close();
  }
}

/** Says that a status is not from Temporal. */
export function ledgerWords({ hostId }: Pick<Settings, 'hostId'>): string {
  return `from the ledger of host ${safe(hostId)}: Temporal does not know the transfer any more`;
}

/** The status of a transfer that is done, by its receipt alone. */
export function statusByReceipt(receipt: Receipt): TransferStatus {
  const { transferId, account, source, sizeBytes, urlRenewals, startedAt } = receipt;
  return {
    transferId,
    kind: 'send',
    state: 'done',
    step: 'publish',
    account,
    source,
    sizeBytes,
    bytesDone: sizeBytes,
    attempt: 1,
    urlRenewals,
    startedAt,
    nextTryAt: null,
    error: null,
    receipt,
    stale: false,
    published: true,
    from: 'ledger',
  };
}
