/** Evidence that outlives Temporal's retention: every receipt as one line of `receipts/YYYY-MM.jsonl`. */
import { mkdirSync } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReceiptBook } from '../activities';
import { FerryError } from '../errors';
import { diskFailure } from '../storage';
import type { KeepReceiptInput } from '../contract';
import { safeJson } from '../lib/safe-json';
import { syncDirectory } from '../lib/sync-directory';

const NEWLINE = 0x0a;

const LOOKS = 5;
const LOOK_AGAIN_MS = 10;

interface Waiting {
  readonly lines: string;
  readonly settle: (error: unknown) => void;
}

/**
 * Appends receipts under `directory`, each fsynced before its `keep` resolves; those that come while one write is under
 * way share the next. The files are for their owner alone: paths and captions are nobody else's business. Several
 * workers may share a directory: each write is one append of whole lines.
 */
export function openReceiptBook(directory: string): ReceiptBook {
  const waiting = new Map<string, Waiting[]>();
  let writing: Promise<void> | null = null;

  const writeAll = async (): Promise<void> => {
    while (waiting.size > 0) {
      const batches = [...waiting];
      waiting.clear();
      for (const [path, entries] of batches) {
        const error = await append(directory, path, entries.map(({ lines }) => lines).join('')).then(
          () => null,
          (thrown: unknown) => thrown,
        );
        for (const { settle } of entries) settle(error);
      }
    }
    writing = null;
  };

  return {
    keep: async (...inputs) => {
      const written = byMonth(inputs).map(([month, lines]) => {
        const path = join(directory, `${month}.jsonl`);
        return new Promise<void>((resolve, reject) => {
          const settle = (error: unknown): void => (error === null ? resolve() : reject(diskFailure(error, path)));
          waiting.set(path, [...(waiting.get(path) ?? []), { lines: lines.join(''), settle }]);
        });
      });
      if (written.length > 0) writing ??= writeAll();
      await Promise.all(written);
    },
  };
}

/**
 * A worker that could carry files but not keep their receipts is not started.
 * TARGET_NOT_WRITABLE; anything that may pass (a full disk) is found out, and waited for, when a receipt is written.
 */
export function prepareReceipts(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const error = diskFailure(cause, directory);
    if (error.code === 'DISK_FULL') return;
    const way = 'Give the worker a state directory that it may write (XDG_STATE_HOME).';
    throw new FerryError('TARGET_NOT_WRITABLE', `Receipts cannot be kept: ${error.message} ${way}`, { cause });
  }
}

function byMonth(inputs: readonly KeepReceiptInput[]): readonly (readonly [string, readonly string[]])[] {
  const months = new Map<string, string[]>();
  for (const input of inputs) {
    const month = monthOf(input);
    months.set(month, [...(months.get(month) ?? []), lineOf(input)]);
  }
  return [...months];
}

/** `YYYY-MM` of the end. INPUT_REFUSED for anything else: it becomes a part of a path. */
function monthOf({ receipt }: KeepReceiptInput): string {
  const month = /^(\d{4}-(?:0[1-9]|1[0-2]))-\d\dT/.exec(receipt.finishedAt)?.[1];
  if (month !== undefined) return month;
  throw new FerryError('INPUT_REFUSED', 'The receipt does not say when its transfer ended, so it has no month.');
}

function lineOf({ receipt, runId, sendKey }: KeepReceiptInput): string {
  return `${safeJson({ type: 'receipt', v: 1, ...receipt, runId, sendKey })}\n`;
}

async function append(directory: string, path: string, lines: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = await open(path, 'a+', 0o600);
  try {
    const { size } = await file.stat();
    await file.appendFile((await isTorn(file)) ? `\n${lines}` : lines);
    await file.sync();
    if (size === 0) await syncDirectory(directory);
  } finally {
    await file.close();
  }
}

/**
 * Whether a full disk or a kill has left half a line, which must not swallow the next one. Another worker's append that is
 * just under way looks the same for a moment: only what stays so is torn.
 */
async function isTorn(file: FileHandle): Promise<boolean> {
  for (let look = 0; look < LOOKS; look += 1) {
    if (look > 0) await delay(LOOK_AGAIN_MS);
    const { size } = await file.stat();
    if (size === 0 || (await lastByte(file, size)) === NEWLINE) return false;
  }
  return true;
}

async function lastByte(file: FileHandle, size: number): Promise<number> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] ?? NEWLINE;
}
