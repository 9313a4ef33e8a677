/**
 * Lists a directory and finds the files that this host has sent, with one listing, a stat for each file, and one pass
 * over the ledger.
 */
import { lstat, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inLanes } from '../lib/lanes';
import { hasSystemCode } from '../lib/system-code';
import { wholeMs, type SeenFile } from '../lib/same-file';
import { renderCaption } from './caption';
import { sendKeyOf } from './check-line';
import { listDirectory } from './directory-lines';
import type { JobAccount, PrepareJobOptions, SentFile, SentUnder } from './types';

/** Stats under way at the same time. */
const LANES = 16;

export interface FoundFile extends SeenFile {
  /** The path in the listing. */
  readonly path: string;
  /** Links resolved. */
  readonly source: string;
  readonly ctimeMs: number;
}

export interface SentBefore extends FoundFile {
  readonly sent: readonly SentFile[];
}

export interface Survey {
  /** Files that this host has perhaps never sent, by their sources. */
  readonly unknown: ReadonlyMap<string, FoundFile>;
  /** The number of files that this host has sent with their present content. */
  readonly known: number;
  readonly temporary: number;
}

export interface SurveyOptions {
  readonly job: Pick<
    PrepareJobOptions,
    'origin' | 'host' | 'consumer' | 'conversationId' | 'caption' | 'globs' | 'recursive' | 'sealed'
  >;
  readonly account: JobAccount;
  readonly sentUnder: SentUnder;
  readonly signal?: AbortSignal;
  /** Called for each sent file, also when its content may have changed since. */
  readonly onSent?: (file: SentBefore) => void;
}

/**
 * A file is known when a receipt has its path, size and time, and nothing about the file changed since its transfer began.
 * Any other file goes into a job, which compares the content.
 */
export async function surveyDirectory({ job, account, sentUnder, signal, onSent }: SurveyOptions): Promise<Survey> {
  const directory = await realpath(job.origin).catch(() => job.origin);
  const { names, temporary } = await listDirectory(directory, { globs: job.globs, recursive: job.recursive });
  const unknown = new Map<string, FoundFile>();
  let known = 0;
  const look = async (name: string): Promise<void> => {
    const file = await lookAt(join(directory, name));
    if (file === null) return;
    const sent = await sentUnder(keyOf(file, job, account));
    if (sent.length > 0) onSent?.({ ...file, sent });
    if (isUnchangedSince(sent, file)) known += 1;
    else unknown.set(file.source, file);
  };
  await inLanes(names, LANES, look, { signal });
  signal?.throwIfAborted();
  return { unknown, known, temporary };
}

/** Null when the file is gone or is a dangling link. */
export async function lookAt(path: string): Promise<FoundFile | null> {
  try {
    const own = await lstat(path);
    const source = own.isSymbolicLink() ? await realpath(path) : path;
    const { size, mtimeMs, ctimeMs, ino } = own.isSymbolicLink() ? await stat(path) : own;
    return { path, source, sizeBytes: size, mtimeMs, ctimeMs, inode: ino };
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return null;
    throw error;
  }
}

/**
 * True when a transfer with a receipt began after the last change of the file. The time of the message does not prove
 * that: a message can wait for hours after the upload, and the file may be replaced in this time.
 */
export function isUnchangedSince(sent: readonly SentFile[], { ctimeMs }: FoundFile): boolean {
  return sent.some(({ startedAt }) => ctimeMs <= Date.parse(startedAt));
}

/** True when no attribute that a write would change has changed. */
export function isUnchanged(before: FoundFile, now: FoundFile | null): boolean {
  return (
    now !== null &&
    now.inode === before.inode &&
    now.sizeBytes === before.sizeBytes &&
    now.mtimeMs === before.mtimeMs &&
    now.ctimeMs === before.ctimeMs
  );
}

export function isSameRow(file: FoundFile, row: SeenFile): boolean {
  return row.inode === file.inode && row.sizeBytes === file.sizeBytes && wholeMs(row.mtimeMs) === wholeMs(file.mtimeMs);
}

/** The send key of the line that `prepareJob` would make for this file. */
function keyOf(
  { path, source, sizeBytes, mtimeMs }: FoundFile,
  job: SurveyOptions['job'],
  account: JobAccount,
): string {
  const raw = { line: 0, fields: { source: { text: path, column: null } }, problems: [] };
  const rendered = renderCaption(job.caption ?? '', raw, path);
  const { name, consumer } = account;
  return sendKeyOf(
    {
      account: name,
      consumer: job.consumer ?? consumer,
      conversationId: job.conversationId ?? null,
      caption: 'caption' in rendered ? rendered.caption : '',
      path: source,
      sizeBytes,
      mtimeMs,
    },
    job,
  );
}
