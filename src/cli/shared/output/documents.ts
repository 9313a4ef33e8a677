/** The documents that `--json` prints: a contract that scripts rely on. Errors: see output.ts. */
import type { TransferStatus } from '../../../client/types';
import type { Receipt } from '../../../contract';
import { remedyFor } from './remedy';

export function receiptDocument(receipt: Receipt, repeated: boolean): object {
  return { type: 'receipt', v: 1, ...receipt, repeated: repeated || receipt.repeated };
}

export function statusDocument(status: TransferStatus): object {
  const { error, transferId } = status;
  const named = error === null ? null : { ...error, remedy: remedyFor(error.remedy, transferId) };
  return { type: 'status', v: 1, ...status, error: named };
}
