import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAuditKey, openBooks, type Books } from '../../src/evidence';
import type { AuditEntry, KeepReceiptInput } from '../../src/contract';

/** A state directory of its own for each test of a file, with an audit key. */
export function stateDirectory(): { path(): string } {
  let path = '';
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'ferry-evidence-'));
    makeAuditKey(path);
  });
  afterEach(() => rm(path, { recursive: true, force: true }));
  return { path: () => path };
}

export function booksIn(stateDir: string): Books {
  const onAnchorFailure = (error: unknown): void => {
    throw error;
  };
  return openBooks({ stateDir, anchorFile: null, onAnchorFailure });
}

export function receiptInput(transferId: string, finishedAt = '2026-03-01T10:00:00.000Z'): KeepReceiptInput {
  const receipt = {
    transferId,
    source: '/data/plan.jpg',
    host: 'h',
    account: 'acme',
    consumer: 'ops',
    conversationId: 'c1',
    dialogId: 'c1',
    relativePath: '/v1/x',
    sequence: 7,
    caption: 'a "line"\nand another',
    fileType: 'JPG',
    sizeBytes: 1,
    md5: 'm',
    sha256: null,
    fetchedTo: null,
    urlRenewals: 0,
    bytesSent: 1,
    bytesFetched: 0,
    repeated: false,
    startedAt: finishedAt,
    finishedAt,
  };
  return { receipt, runId: `run-of-${transferId}` };
}

export function auditEntry(id: string, action: AuditEntry['action'] = 'pause'): AuditEntry {
  const subject = { transferId: 't', account: 'acme', consumer: 'ops', host: 'h', source: '/data/plan.jpg' };
  return { id, at: '2026-03-01T10:00:00.000Z', action, ...subject, by: 'eve@lap', why: 'the storage is moved' };
}

/** Keeps receipts, one commit each, and closes the books: so all of them are anchored. */
export async function keepReceipts(stateDir: string, ids: readonly string[]): Promise<void> {
  const books = booksIn(stateDir);
  for (const id of ids) await books.keepReceipts([receiptInput(id)]);
  await books.close();
}

export async function linesIn(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8');
  return text.split('\n').slice(0, -1);
}

export async function writeLines(path: string, lines: readonly string[]): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, lines.map((line) => `${line}\n`).join(''));
}

/** A line as versions before the chain wrote it. */
export function oldLine(transferId: string): string {
  const { receipt, runId } = receiptInput(transferId);
  return JSON.stringify({ type: 'receipt', v: 1, ...receipt, runId });
}
