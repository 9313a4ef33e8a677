import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Intent, KeptReceipt } from '../../src/ledger';

/** A directory of its own for each test of a file. */
export function ownDirectory(): { readonly path: () => string } {
  let path = '';
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'ferry-ledger-'));
  });
  afterEach(() => rm(path, { recursive: true, force: true }));
  return { path: () => path };
}

export function intentOf(transferId: string, changes: Partial<Intent> = {}): Intent {
  return {
    transferId,
    sendKey: transferId,
    relativePath: `/v1/acme/${transferId}.JPG`,
    conversationId: 'c1',
    dialogId: 'd1',
    lastSequence: 4,
    consumerId: 'sub',
    md5: 'md5-one',
    sha256: null,
    sizeBytes: 5,
    fileType: 'JPG',
    at: '2026-03-01T10:00:00.000Z',
    ...changes,
  };
}

export function receiptOf(intent: Intent, sequence: number, finishedAt = '2026-03-01T10:00:02.000Z'): KeptReceipt {
  const { transferId, sendKey, relativePath, conversationId, dialogId, md5, sha256, sizeBytes, fileType } = intent;
  return {
    sendKey,
    receipt: {
      transferId,
      source: '/data/plan.jpg',
      host: 'h',
      account: 'acme',
      consumer: 'ops',
      conversationId,
      dialogId,
      relativePath,
      sequence,
      caption: '',
      fileType,
      sizeBytes,
      md5,
      sha256,
      fetchedTo: null,
      urlRenewals: 0,
      bytesSent: sizeBytes,
      bytesFetched: 0,
      repeated: false,
      startedAt: finishedAt,
      finishedAt,
    },
  };
}

export interface Writer {
  readonly process: ChildProcess;
  /** What it has said so far, a line each. */
  said(): readonly string[];
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** Starts `fixtures/writer.ts`. */
export function startWriter(directory: string, prefix: string, count: number): Writer {
  const script = join(__dirname, 'fixtures/writer.ts');
  const register = join(__dirname, '../support/register-ts.cjs');
  const child = spawn(process.execPath, ['-r', register, script, directory, prefix, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (piece: Buffer) => {
    text += piece.toString();
  });
  const ended = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? code ?? -1));
  });
  return { process: child, said: () => text.split('\n').slice(0, -1), ended };
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
