/** The workflow behind `ferry fetch`: a download link, then the file. */
import type { Asked } from './audit';
import type { Receipt } from './transfer';

/** `ferry fetch`: steps 6 and 7 alone. */
export interface FetchInput extends Asked {
  readonly transferId: string;
  readonly account: string;
  readonly consumer: string;
  readonly host: string;
  readonly relativePath: string;
  /** Absolute path of the file to write. */
  readonly target: string;
  /** The expected size and digest, when known from a receipt. */
  readonly expected: { readonly sizeBytes: number; readonly md5: string } | null;
  /** The receipt of the transfer whose file is fetched; null when only a relativePath is known. */
  readonly of: Receipt | null;
  readonly deadlineMs: number;
  /** As of a transfer. */
  readonly notices?: true;
}
