import { ERROR_TABLE, isErrorCode } from '../errors';
import { PARKED_MEMO, RECEIPT_MEMO, type Receipt, type TransferError } from '../contract';

/** What the client writes beside a workflow at its start, so that a list needs no further call for each row. */
export interface StartMemo {
  readonly source: string;
  readonly host: string;
  /** Null when the sender could not look. */
  readonly sizeBytes: number | null;
}

export interface TransferMemo extends StartMemo {
  /** Why the transfer was parked last, as the workflow has noted it; null when it never was. */
  readonly parked: TransferError | null;
  /** As the workflow noted it when it closed; null while it runs, and when nothing was published. */
  readonly receipt: Receipt | null;
}

/** Tolerant: another tool, or another version, may have started the workflow. */
export function readMemo(fields: Readonly<Record<string, unknown>>): TransferMemo {
  const { source, host, sizeBytes } = fields as { readonly [key in keyof TransferMemo]?: unknown };
  return {
    source: typeof source === 'string' ? source : '',
    host: typeof host === 'string' ? host : '',
    sizeBytes: typeof sizeBytes === 'number' ? sizeBytes : null,
    parked: readParked(fields[PARKED_MEMO]),
    receipt: readReceipt(fields[RECEIPT_MEMO]),
  };
}

function readReceipt(value: unknown): Receipt | null {
  const receipt = (typeof value === 'object' && value !== null ? value : {}) as Partial<Receipt>;
  return typeof receipt.transferId === 'string' ? (receipt as Receipt) : null;
}

function readParked(value: unknown): TransferError | null {
  const { code, message } = (typeof value === 'object' && value !== null ? value : {}) as Partial<TransferError>;
  if (!isErrorCode(code)) return null;
  return { code, message: typeof message === 'string' ? message : '', remedy: ERROR_TABLE[code].remedy };
}
