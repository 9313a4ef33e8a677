import { createHash, type Hash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { DEFAULT_LANES, MOST_LANES, type JobInput } from '../contract';
import { jobIdOf } from '../contract/transfer-id';
import { isFerryError, type FerryError } from '../errors';
import { inLanes } from '../lib/lanes';
import { checkLine, type CheckContext, type CheckedLine } from './check-line';
import { csvLines } from './csv-lines';
import { directoryLines, listDirectory } from './directory-lines';
import { jsonLines } from './json-lines';
import { formatOf, isDirectory } from './manifest-text';
import { errorOf, UnreadableManifest, type RawLine } from './raw-line';
import { createRowStore, type RowStore } from './row-store';
import { createTargetCheck } from './target-check';
import type { JobAccount, JobOrder, LineProblem, PreparedJob, PrepareJobOptions } from './types';

/** The most problems in one report. */
const MOST_PROBLEMS = 100;

/**
 * The number of lines in a batch, and of files that are inspected at the same time. An inspection takes a few short
 * system calls.
 */
const BATCH = 64;
const LANES = 16;

/** Seven days. */
const DEFAULT_DEADLINE_MS = 7 * 24 * 3_600_000;

/**
 * Reads and checks a manifest or a directory, and looks at every file. Problems with lines are listed, not thrown.
 *
 * @throws {FerryError} USAGE when there is no such manifest; SOURCE_UNREADABLE when the directory cannot be listed;
 *   ACCOUNT_UNKNOWN for the account of the job
 */
export async function prepareJob(options: PrepareJobOptions): Promise<PreparedJob> {
  const origin = await realpath(resolve(options.cwd, options.origin)).catch(() => resolve(options.cwd, options.origin));
  options.accountOf(options.account);
  const isFolder = await isDirectory(origin);
  const reading = createReading(options, isFolder ? origin : dirname(origin));
  try {
    const lines = isFolder ? await linesOfDirectory(origin, options, reading.notes) : linesOfManifest(origin, reading);
    await readAll(lines, reading, options);
  } catch (error) {
    if (!(error instanceof UnreadableManifest)) throw error;
    reading.isUnreadable = true;
    addProblems(reading, [error.problem]);
  }
  return finish(options, origin, isFolder, reading);
}

interface Reading {
  readonly context: CheckContext;
  readonly store: RowStore;
  readonly hash: Hash;
  /** The digest of a file's destination, and the line with this destination. */
  readonly seen: Map<bigint, number>;
  readonly problems: LineProblem[];
  readonly notes: string[];
  problemCount: number;
  isUnreadable: boolean;
  good: number;
  bad: number;
  bytes: number;
  firstAccount: string | null;
}

function createReading(options: PrepareJobOptions, base: string): Reading {
  const accounts = new Map<string, JobAccount | FerryError>();
  const accountOf = (name: string): JobAccount | FerryError => {
    const known = accounts.get(name) ?? accountOrError(options, name);
    accounts.set(name, known);
    return known;
  };
  const fetchTo = options.fetchTo === undefined ? null : resolve(options.cwd, options.fetchTo);
  return {
    context: { options, base, fetchTo, accountOf, checkTarget: createTargetCheck() },
    store: createRowStore(),
    hash: createHash('sha256'),
    seen: new Map(),
    problems: [],
    notes: [],
    problemCount: 0,
    isUnreadable: false,
    good: 0,
    bad: 0,
    bytes: 0,
    firstAccount: null,
  };
}

function accountOrError({ accountOf }: PrepareJobOptions, name: string): JobAccount | FerryError {
  try {
    return accountOf(name);
  } catch (error) {
    if (isFerryError(error) && error.code === 'ACCOUNT_UNKNOWN') return error;
    throw error;
  }
}

async function linesOfDirectory(
  directory: string,
  { globs, recursive, only }: PrepareJobOptions,
  notes: string[],
): Promise<Iterable<RawLine>> {
  const { names, temporary } = await listDirectory(directory, { globs, recursive, only });
  if (temporary > 0) notes.push(`${temporary.toLocaleString('en-US')} left out: their names are temporary.`);
  return directoryLines(directory, names);
}

async function* linesOfManifest(path: string, reading: Reading): AsyncGenerator<RawLine> {
  const format = await formatOf(path);
  const refuse = (problem: LineProblem): void => {
    reading.isUnreadable = true;
    addProblems(reading, [problem]);
  };
  yield* format.kind === 'json' ? jsonLines(path) : csvLines(path, format.delimiter, refuse);
}

async function readAll(
  lines: AsyncIterable<RawLine> | Iterable<RawLine>,
  reading: Reading,
  options: PrepareJobOptions,
): Promise<void> {
  let batch: RawLine[] = [];
  const check = async (): Promise<void> => {
    const checked: CheckedLine[] = [];
    await inLanes(batch, LANES, async (raw, index) => {
      checked[index] = await checkLine(raw, reading.context);
    });
    batch = [];
    for (const line of checked) take(reading, line);
    options.onProgress?.(reading.store.count);
    options.signal?.throwIfAborted();
  };
  for await (const raw of lines) {
    if (batch.push(raw) >= BATCH) await check();
  }
  await check();
}

function take(reading: Reading, checked: CheckedLine): void {
  const { row } = checked;
  const problems = checked.problems.length > 0 ? checked.problems : repeats(reading, checked);
  const bad = problems[0]?.error ?? null;
  addProblems(reading, problems);
  if (bad !== null) reading.bad += 1;
  if (reading.context.options.accepts?.({ ...row, ...(bad === null ? {} : { bad }) }) === false) return;
  if (bad === null) {
    reading.good += 1;
    reading.bytes += row.sizeBytes;
  }
  reading.firstAccount ??= row.account;
  const { account, consumer, conversationId, source, sizeBytes, mtimeMs, caption, fetchTo } = row;
  const parts = [account, consumer, conversationId, source, sizeBytes, mtimeMs, caption, fetchTo, bad?.code ?? null];
  reading.hash.update(`${JSON.stringify(parts)}\n`);
  reading.store.add(row, bad);
}

function addProblems(reading: Reading, problems: readonly LineProblem[]): void {
  reading.problemCount += problems.length;
  reading.problems.push(...problems.slice(0, MOST_PROBLEMS - reading.problems.length));
}

/** A file may go to several consumers, but only once to each. */
function repeats({ seen }: Reading, { row, fields }: CheckedLine): readonly LineProblem[] {
  const { line, source, account, consumer, conversationId, fetchTo } = row;
  const problem = (field: 'source' | 'fetchTo', message: string): LineProblem[] => [
    { line, column: fields[field]?.column ?? null, field, source, error: errorOf('SOURCE_REPEATED', message) },
  ];
  const there = lineOf(seen, line, [account, consumer, conversationId, source]);
  if (there !== line) return problem('source', `${source} is on line ${there} already, for the same consumer.`);
  if (fetchTo === null) return [];
  const target = resolve(fetchTo, basename(source));
  const taken = lineOf(seen, line, [target]);
  return taken === line ? [] : problem('fetchTo', `Line ${taken} is fetched back to the same path ${target}.`);
}

/** The first line with these values; the given line when no earlier line has them. */
function lineOf(seen: Map<bigint, number>, line: number, values: readonly (string | null)[]): number {
  // 64-bit keys, because string keys of 100,000 lines would take 20 MB.
  const key = createHash('sha256').update(JSON.stringify(values)).digest().readBigUInt64BE();
  const first = seen.get(key) ?? line;
  seen.set(key, first);
  return first;
}

function finish(options: PrepareJobOptions, origin: string, isFolder: boolean, reading: Reading): PreparedJob {
  const { store, bytes, good, bad, problems, problemCount, notes } = reading;
  const { host, again, version, createdAt = new Date().toISOString() } = options;
  const name = options.name ?? (isFolder ? basename(origin) : basename(origin, extname(origin)));
  const account = reading.firstAccount ?? options.account;
  const hosts = options.hosts ?? [host];
  const digest = reading.hash
    .update(JSON.stringify([host, again ?? null, ...(version === undefined ? [] : [version])]))
    .digest();
  const input: JobInput = {
    jobId: jobIdOf(account, name, digest),
    name,
    account,
    host,
    hosts,
    lines: store.count,
    bytesTotal: bytes,
    lanes: options.lanes ?? Math.min(MOST_LANES, DEFAULT_LANES * hosts.length),
    ordered: options.ordered ?? false,
    verify: options.verify ?? false,
    deadlineMs: options.deadlineMs ?? DEFAULT_DEADLINE_MS,
    notices: true,
  };
  const { jobId } = input;
  const order = orderOf(store, jobId, options.order ?? 'manifest');
  return {
    input,
    header: { type: 'job-manifest', v: 1, ...input, origin, createdAt },
    good,
    bad,
    problems,
    problemCount,
    isUnreadable: reading.isUnreadable,
    notes,
    *rows() {
      for (const index of order) yield store.row(index, jobId);
    },
    *rowTexts() {
      for (const index of order) yield store.text(index, jobId);
    },
  };
}

/** Indices of rows in the order in which they are sent. Equal rows stay in the order of the manifest. */
function orderOf(store: RowStore, jobId: string, order: JobOrder): readonly number[] {
  const indices = Array.from({ length: store.count }, (_, index) => index);
  if (order === 'size') return indices.sort((one, other) => store.sizeBytes(one) - store.sizeBytes(other));
  if (order === 'manifest') return indices;
  const names = indices.map((index) => basename(store.row(index, jobId).source));
  return indices.sort((one, other) => compare(names[one], names[other]));
}

function compare(one = '', other = ''): number {
  return one < other ? -1 : Number(one > other);
}
