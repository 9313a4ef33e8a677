/** Receipts for other programs: one row for each, in the order of the files. */
import { join } from 'node:path';
import type { Receipt } from '../contract';
import { csvLine } from '../lib/csv';
import { safeJson } from '../lib/safe-json';
import { monthsIn } from '../lib/monthly-files';
import { linesIn } from './lines-in';

export const EXPORT_FORMATS = ['csv', 'jsonl'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportOptions {
  readonly format: ExportFormat;
  /** Unix milliseconds; only receipts of transfers that ended then or later. @default all */
  readonly sinceMs?: number;
}

type KeptLine = Receipt & { readonly runId?: string };

/**
 * Yields the export in pieces of text. Lines with the same `runId` belong to one receipt, and the last of them counts.
 * Torn lines are passed over.
 */
export async function* exportReceipts(stateDir: string, options: ExportOptions): AsyncGenerator<string> {
  const { format, sinceMs = Number.NEGATIVE_INFINITY } = options;
  const directory = join(stateDir, 'receipts');
  const last = new Map<string, string>();
  for await (const { receipt, place } of receiptsWithPlace(directory, sinceMs)) last.set(keyOf(receipt), place);
  if (format === 'csv') yield csvLine(COLUMNS);
  for await (const { receipt, place } of receiptsWithPlace(directory, sinceMs)) {
    if (last.get(keyOf(receipt)) !== place) continue;
    yield format === 'csv' ? csvLine(COLUMNS.map((name) => receipt[name])) : `${safeJson(documentOf(receipt))}\n`;
  }
}

interface Placed {
  readonly receipt: KeptLine;
  readonly place: string;
}

async function* receiptsWithPlace(directory: string, sinceMs: number): AsyncGenerator<Placed> {
  for (const name of await monthsIn(directory)) {
    for await (const { number, bytes } of linesIn(join(directory, name))) {
      const receipt = parse(bytes);
      if (receipt === null || !(Date.parse(receipt.finishedAt) >= sinceMs)) continue;
      yield { receipt, place: `${name} ${number}` };
    }
  }
}

function keyOf({ transferId, runId = '', relativePath }: KeptLine): string {
  return `${transferId} ${runId} ${relativePath}`;
}

function parse(bytes: Buffer): KeptLine | null {
  try {
    const read = JSON.parse(bytes.toString('utf8')) as Partial<Record<string, unknown>> | null;
    const isReceipt = read?.['type'] === 'receipt' && typeof read['transferId'] === 'string';
    return isReceipt && typeof read['finishedAt'] === 'string' ? (read as unknown as KeptLine) : null;
  } catch {
    return null;
  }
}

/** The document that `ferry send --json` prints, without what only the file on the host needs. */
function documentOf(receipt: KeptLine): object {
  const {
    runId: _runId,
    sendKey: _sendKey,
    chain: _chain,
    mac: _mac,
    ...document
  } = receipt as KeptLine & Readonly<Record<'sendKey' | 'chain' | 'mac', unknown>>;
  return document;
}

const COLUMNS = [
  'transferId',
  'startedAt',
  'finishedAt',
  'by',
  'why',
  'account',
  'consumer',
  'conversationId',
  'dialogId',
  'sequence',
  'source',
  'host',
  'caption',
  'fileType',
  'sizeBytes',
  'md5',
  'sha256',
  'relativePath',
  'fetchedTo',
  'verified',
  'repeated',
  'urlRenewals',
  'bytesSent',
  'bytesFetched',
] as const satisfies readonly (keyof Receipt)[];
