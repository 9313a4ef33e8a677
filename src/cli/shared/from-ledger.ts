/** What the ledger of this host knows about a transfer whose history Temporal no longer keeps. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TransferStatus } from '../../client/types';
import type { Receipt } from '../../contract';
import { isFerryError } from '../../errors';
import { safe } from './output/text';
import type { Settings } from './settings';
import { withLedger } from './with-ledger';

/** Null when the ledger has no receipt of the transfer, and when the ledger cannot be read. */
export async function receiptInLedger(
  { stateDir }: Pick<Settings, 'stateDir'>,
  transferId: string,
): Promise<Receipt | null> {
  if (!existsSync(join(stateDir, 'ledger'))) return null;
  try {
    return await withLedger(stateDir, async (ledger) => (await ledger.ofTransfer(transferId)).receipts.at(-1) ?? null);
  } catch (error) {
    if (isFerryError(error)) return null;
    throw error;
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
