/**
 * The rows of the store: one row for each fact about a message, under `TRANSFER/PATH/KIND`. A row is written as a
 * whole, and a row of one kind never changes a row of another kind. So no process can undo what another process writes
 * at the same time: a late intent does not change the receipt, and a withdrawal applies to its own intent only.
 */
import { createHash } from 'node:crypto';
import type { Delivered, Intent, KeptReceipt, SentReceipt, TransferEntries } from './types';

export type Row =
  | ({ readonly kind: 'intent' } & Intent)
  | ({ readonly kind: 'withdrawn' } & Intent)
  | ({ readonly kind: 'delivered' } & Delivered)
  | ({ readonly kind: 'receipt' } & KeptReceipt);

const HEX = 32;

/** Makes a key of an id or a path, which may be of any length and have any character. */
function short(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HEX);
}

/** A range of keys without its end. In the order of keys '0' comes right after '/'. */
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

/** @param message the result of {@link messageOfRowKey} */
export function rowsOfMessage(message: string): KeyRange {
  return below(message);
}

export function indexOfSendKey(sendKey: string): KeyRange {
  return below(short(sendKey));
}

/** The prefix that the keys of all rows of a message share. */
export function messageOfRowKey(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}

/** The row's key in a key of the index. */
export function rowKeyOfIndexKey(key: string): string {
  return key.slice(HEX + 1);
}

export function rowKey(row: Row): string {
  const { transferId, relativePath } = row.kind === 'receipt' ? row.receipt : row;
  return `${short(transferId)}/${short(relativePath)}/${row.kind}`;
}

/**
 * Null for rows without a key in the index. Intents have a key: an intent proves nothing, but other transfers wait for
 * its result.
 */
export function indexKey(row: Row): string | null {
  if (row.kind !== 'receipt' && row.kind !== 'intent') return null;
  const { sendKey = null } = row;
  return sendKey === null ? null : `${short(sendKey)}/${rowKey(row)}`;
}

/** The key of the row that a receipt replaces. */
export function deliveredKey({ transferId, relativePath }: SentReceipt): string {
  return `${short(transferId)}/${short(relativePath)}/delivered`;
}

/** A value of the index of dialogs: the sequence from which a look for a message may start. */
export interface LastMessage {
  readonly sequence: number;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export function dialogKey(account: string, dialogId: string): string {
  return short(JSON.stringify([account, dialogId]));
}

/** Null for a row that does not prove that a message exists. */
export function lastMessageIn(row: Row): { readonly key: string; readonly last: LastMessage } | null {
  if (row.kind !== 'receipt') return null;
  const { account, dialogId, sequence, finishedAt } = row.receipt;
  return { key: dialogKey(account, dialogId), last: { sequence, at: finishedAt } };
}

export function timeOf(row: Row): string {
  return row.kind === 'receipt' ? row.receipt.finishedAt : row.at;
}

/** @param rows of one transfer */
export function entriesOf(rows: readonly Row[]): TransferEntries {
  const withdrawn = rows.filter((row) => row.kind === 'withdrawn');
  const isOpen = ({ relativePath, at }: Intent): boolean =>
    !withdrawn.some((row) => row.relativePath === relativePath && row.at === at);
  const inOrder = byTime<{ readonly at: string }>((one) => one.at);
  return {
    intents: rows
      .filter((row) => row.kind === 'intent')
      .filter(isOpen)
      .map(withoutKind)
      .toSorted(inOrder),
    receipts: receiptsIn(rows),
    delivered:
      rows
        .filter((row) => row.kind === 'delivered')
        .map(withoutKind)
        .toSorted(inOrder)
        .at(-1) ?? null,
  };
}

export function receiptsIn(rows: readonly Row[]): readonly SentReceipt[] {
  return rows.flatMap((row) => (row.kind === 'receipt' ? [row.receipt] : [])).toSorted(byTime((one) => one.finishedAt));
}

function withoutKind<Said extends { readonly kind: string }>({ kind: _kind, ...said }: Said): Omit<Said, 'kind'> {
  return said;
}

function byTime<T>(timeIn: (of: T) => string): (one: T, other: T) => number {
  return (one, other) => Date.parse(timeIn(one)) - Date.parse(timeIn(other));
}
