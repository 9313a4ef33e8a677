import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hasSystemCode } from '../lib/system-code';
import type { Receipt } from '../contract';
import type { KeptReceipt, SentPlace } from './types';

/**
 * The receipts of sent files in `directory` (`*.jsonl`), oldest file first. What is not one is passed over: lines that a
 * kill has torn, and receipts of fetches, which sent nothing.
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
  const { type: _type, v: _version, runId: _runId, sendKey, ...receipt } = read as Line & { readonly v: number };
  if (!wasSent(receipt)) return null;
  // A line from before there was a ledger: a plain send's transfer id is its send key, and any other id is found by nobody.
  return { receipt, sendKey: sendKey === undefined ? receipt.transferId : sendKey };
}

function isReceipt(read: unknown): read is Line {
  if (typeof read !== 'object' || read === null) return false;
  const { type, transferId, relativePath, md5, finishedAt } = read as Partial<Record<keyof Line, unknown>>;
  return type === 'receipt' && [transferId, relativePath, md5, finishedAt].every((text) => typeof text === 'string');
}

/** Whether a receipt says where its message is: that of a fetch does not. */
export function wasSent(receipt: Receipt): receipt is Receipt & SentPlace {
  return receipt.sequence !== null && receipt.conversationId !== null && receipt.dialogId !== null;
}
