/**
 * How entries lie in the store: a row for each thing that was said of a message, `TRANSFER/PATH/KIND`. A row is written
 * whole and never changed by another kind, so that no process can take back what another has written meanwhile: an
 * intent that comes late leaves the published row as it is.
 */
import { createHash } from 'node:crypto';
import type { Intent, KeptReceipt, LedgerEntry, Published } from './types';

export type Row =
  | ({ readonly kind: 'intent' } & Intent)
  | ({ readonly kind: 'published' } & Published)
  | ({ readonly kind: 'receipt' } & KeptReceipt);

const HEX = 32;

/** Ids and paths may be of any length and have any character; keys may not. */
function short(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HEX);
}

/** A range of keys, the end not included: '0' comes right after '/'. */
export interface KeyRange {
  readonly start: string;
  readonly end: string;
}

function below(prefix: string): KeyRange {
  return { start: `${prefix}/`, end: `${prefix}0` };
}

export function rowsOfTransfer(transferId: string): KeyRange {
  return below(short(transferId));
}

/** `MESSAGE` is a key of the index without its send key: where the rows of one message are. */
export function rowsOfMessage(message: string): KeyRange {
  return below(message);
}

export function indexOfSendKey(sendKey: string): KeyRange {
  return below(short(sendKey));
}

export function messageOfIndexKey(key: string): string {
  return key.slice(HEX + 1);
}

/** The part of a row's key that all rows of its message share. */
export function messageOfRowKey(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}

function messageKey({ transferId, relativePath }: { transferId: string; relativePath: string }): string {
  return `${short(transferId)}/${short(relativePath)}`;
}

function messageOf(row: Row): { transferId: string; relativePath: string } {
  return row.kind === 'receipt' ? row.receipt : row;
}

export function rowKey(row: Row): string {
  return `${messageKey(messageOf(row))}/${row.kind}`;
}

/** Null for what is not to be found by its send key: an intent proves nothing. */
export function indexKey(row: Row): string | null {
  if (row.sendKey === null || row.kind === 'intent') return null;
  return `${short(row.sendKey)}/${messageKey(messageOf(row))}`;
}

export function timeOf(row: Row): string {
  return row.kind === 'receipt' ? row.receipt.finishedAt : row.at;
}

/** One entry for each message, oldest first. */
export function entriesOf(rows: Iterable<Row>): readonly LedgerEntry[] {
  const byMessage = new Map<string, Row[]>();
  for (const row of rows) {
    const key = messageKey(messageOf(row));
    byMessage.set(key, [...(byMessage.get(key) ?? []), row]);
  }
  return [...byMessage.values()].map(entryOf).toSorted((one, other) => (one.at < other.at ? -1 : 1));
}

function entryOf(rows: readonly Row[]): LedgerEntry {
  const intent = rows.find((row) => row.kind === 'intent');
  const published = rows.find((row) => row.kind === 'published');
  const kept = rows.find((row) => row.kind === 'receipt');
  const said = published ?? intent;
  if (kept === undefined) {
    if (said === undefined) throw new Error('A message without a row');
    const { kind: _, ...facts } = said;
    return { ...facts, sequence: published?.sequence ?? null, receipt: null };
  }
  const { receipt, sendKey } = kept;
  const { transferId, relativePath, conversationId, dialogId, sequence, md5, sha256, sizeBytes, fileType } = receipt;
  return {
    transferId,
    sendKey,
    relativePath,
    conversationId,
    dialogId,
    sequence,
    md5,
    sha256,
    sizeBytes,
    fileType,
    lastSequence: said?.lastSequence ?? null,
    consumerId: said?.consumerId ?? null,
    at: receipt.finishedAt,
    receipt,
  };
}
