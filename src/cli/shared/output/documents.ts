/** The documents that `--json` prints: a contract that scripts rely on. Errors: see output.ts. */
import type { TransferStatus } from '../../../client/types';
import type { Receipt } from '../../../contract';

export function receiptDocument(receipt: Receipt, repeated: boolean): object {
  return { type: 'receipt', v: 1, ...receipt, repeated: repeated || receipt.repeated };
}

export function statusDocument(status: TransferStatus): object {
  return { type: 'status', v: 1, ...status };
}
