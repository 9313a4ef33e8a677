import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hasSystemCode } from '../lib/system-code';
import type { Receipt } from '../contract';
import type { KeptReceipt, SentReceipt } from './types';

/**
 * The receipts of sent files in `directory` (`*.jsonl`), oldest file first. Skips lines that a kill has cut off, and
 * receipts of fetches, which sent nothing.
 */
export async function* receiptsIn(directory: string): AsyncGenerator<KeptReceipt> {
  for (const name of await namesIn(directory)) {
    const lines = createInterface({ input: createReadStream(join(directory, name)), crlfDelay: Infinity });
    for await (const line of lines) {
      const kept = parse(line);
      if (kept !== null) yield kept;
    }
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter((name) => name.endsWith('.jsonl')).toSorted();
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return [];
    throw error;
  }
}

type Line = Receipt & { readonly type: 'receipt'; readonly runId: string; readonly sendKey?: string | null };

function parse(line: string): KeptReceipt | null {
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    return null;
  }
  if (!isReceipt(read)) return null;
  const {
    type: _type,
    v: _version,
    chain: _chain,
    mac: _mac,
    runId: _runId,
    sendKey,
    ...receipt
  } = read as Line & Readonly<Record<'v' | 'chain' | 'mac', unknown>>;
  return keptReceipt(receipt, sendKey === undefined ? keyBeforeLedgers(receipt) : sendKey);
}

/** For receipts that are older than the ledger: the transfer id of a plain send is its send key. */
function keyBeforeLedgers({ transferId, bytesSent }: Receipt): string | undefined {
  return bytesSent > 0 ? transferId : undefined;
}

/** Null for the receipt of a fetch: it names the message of the transfer that sent the file, and has no send key. */
export function keptReceipt(receipt: Receipt, sendKey: string | null | undefined): KeptReceipt | null {
  return sendKey !== undefined && hasMessage(receipt) ? { receipt, sendKey } : null;
}

function isReceipt(read: unknown): read is Line {
  if (typeof read !== 'object' || read === null) return false;
  const { type, transferId, relativePath, md5, finishedAt } = read as Partial<Record<keyof Line, unknown>>;
  return type === 'receipt' && [transferId, relativePath, md5, finishedAt].every((text) => typeof text === 'string');
}

function hasMessage(receipt: Receipt): receipt is SentReceipt {
  return receipt.sequence !== null && receipt.conversationId !== null && receipt.dialogId !== null;
}
