/** The index of what this host has sent, to whom and as which message: see docs/decisions/012. */
export { openLedger } from './open-ledger';
export {
  compactLedger,
  fillLedger,
  pruneLedger,
  rebuildLedger,
  type Compacted,
  type Pruned,
  type Rebuilt,
} from './upkeep';
export { keptReceipt } from './receipt-lines';
export type { Claim, Delivered, Intent, KeptReceipt, Ledger, SentReceipt, TransferEntries } from './types';
