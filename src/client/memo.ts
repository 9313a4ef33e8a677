import { ERROR_TABLE, isErrorCode } from '../errors';
import {
  askedOf,
  COMMAND_MEMO,
  PARKED_MEMO,
  RECEIPT_MEMO,
  type Asked,
  type CommandGiven,
  type Receipt,
  type TransferError,
} from '../contract';

/** The memo that the client writes at the start of a workflow, so that a list needs no further call for each row. */
export interface StartMemo extends Asked {
  readonly source: string;
  readonly host: string;
  /** Null when the sender could not read the file. */
  readonly sizeBytes: number | null;
}

export interface TransferMemo extends StartMemo {
  /** The reason of the last parking, as the workflow noted it; null when the transfer was never parked. */
  readonly parked: TransferError | null;
  /** The receipt that the workflow noted when it closed; null while it runs, and when nothing was published. */
  readonly receipt: Receipt | null;
  /** The last command since the start; null when there was none. */
  readonly lastCommand: CommandGiven | null;
}

/** Accepts any memo: another tool or another version may have started the workflow. */
export function readMemo(fields: Readonly<Record<string, unknown>>): TransferMemo {
  const { source, host, sizeBytes } = fields as { readonly [key in keyof TransferMemo]?: unknown };
  return {
    ...askedOf(fields),
    source: typeof source === 'string' ? source : '',
    host: typeof host === 'string' ? host : '',
    sizeBytes: typeof sizeBytes === 'number' ? sizeBytes : null,
    parked: readParked(fields[PARKED_MEMO]),
    receipt: readReceipt(fields[RECEIPT_MEMO]),
    lastCommand: readCommand(fields[COMMAND_MEMO]),
  };
}

function readCommand(value: unknown): CommandGiven | null {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Partial<CommandGiven>;
  const { name, at } = fields;
  return typeof name === 'string' && typeof at === 'string' ? { name, at, ...askedOf(fields) } : null;
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
