import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Intent, KeptReceipt, SentReceipt } from '../../src/ledger';

const writers: ChildProcess[] = [];

/** A directory of its own for each test of a file. Ends the writers of the test. */
export function ownDirectory(): { readonly path: () => string } {
  let path = '';
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'ferry-ledger-'));
  });
  afterEach(async () => {
    for (const writer of writers.splice(0)) writer.kill('SIGKILL');
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
  });
  return { path: () => path };
}

export function intentOf(transferId: string, changes: Partial<Intent> = {}): Intent {
  return {
    transferId,
    relativePath: `/v1/acme/${transferId}.JPG`,
    conversationId: 'c1',
    dialogId: 'd1',
    lastSequence: 4,
    md5: 'md5-one',
    at: '2026-03-01T10:00:00.000Z',
    ...changes,
  };
}

export function keptOf(
  transferId: string,
  { sendKey = transferId, ...changes }: Partial<SentReceipt> & { readonly sendKey?: string | null } = {},
): KeptReceipt {
  return {
    sendKey,
    receipt: {
      transferId,
      source: '/data/plan.jpg',
      host: 'h',
      account: 'acme',
      consumer: 'ops',
      conversationId: 'c1',
      dialogId: 'd1',
      relativePath: `/v1/acme/${transferId}.JPG`,
      sequence: 7,
      caption: '',
      fileType: 'JPG',
      sizeBytes: 5,
      md5: 'md5-one',
      sha256: null,
      fetchedTo: null,
      urlRenewals: 0,
      bytesSent: 5,
      bytesFetched: 0,
      repeated: false,
      startedAt: '2026-03-01T10:00:00.000Z',
      finishedAt: '2026-03-01T10:00:02.000Z',
      ...changes,
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
  return start('writer', [directory, prefix, String(count)]);
}

/** Starts `fixtures/opener.ts`. It ends when its stdin is closed. */
export function startOpener(directory: string): Writer {
  return start('opener', [directory]);
}

function start(name: string, args: readonly string[]): Writer {
  const script = join(__dirname, `fixtures/${name}.ts`);
  const register = join(__dirname, '../support/register-ts.cjs');
  const child = spawn(process.execPath, ['-r', register, script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  writers.push(child);
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
