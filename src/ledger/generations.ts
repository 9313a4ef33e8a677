/**
 * The store is in `DIRECTORY/generation-N`. Rebuild and compact write generation N + 1 while other processes use
 * generation N, and then mark N as moved. A process that sees the mark opens the next generation.
 *
 * Why this is safe: the new generation gets its name, and the old generation its mark, under the write lock of the old
 * generation. A process that finds both reads the mark under the same lock. With the mark, the new generation is valid.
 * Without the mark, the process that made the new generation has died, and the new generation is removed. A directory
 * without the mark `born` is ignored: LMDB made it for a name that had just been removed.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hasSystemCode } from '../lib/system-code';
import { LedgerBusy } from './failures';
import { giveBack, share } from './share';
import { BORN, BORN_AT, MOVED, type Store } from './store';
import { whileCommitting } from './openings';

const NAME = /^generation-(\d+)$/;
const NEW = 'new-';
const GONE = 'gone-';

/** Only a person's command replaces a store: more replacements than these within one call are a loop. */
const MOST_TRIES = 20;

export interface Generation {
  readonly number: number;
  readonly store: Store;
}

/** Opens the valid generation; makes the first generation in an empty directory. */
export async function openGeneration(directory: string): Promise<Generation> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const numbers = generationsIn(directory);
    const [oldest] = numbers;
    if (oldest === undefined) {
      await makeEmpty(directory, 1);
      continue;
    }
    try {
      const store = await share(pathOf(directory, oldest));
      if (await counts(directory, numbers, store)) return { number: oldest, store };
      await giveBack(store);
      remove(directory, oldest);
    } catch (error) {
      // Another process may have replaced or removed this generation just now.
      if (generationsIn(directory)[0] === oldest) throw error;
    }
  }
  throw new LedgerBusy('another process replaces the ledger again and again');
}

function generationsIn(directory: string): readonly number[] {
  return readdirSync(directory)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((one, other) => one - other);
}

/** Whether the oldest generation is valid; if it is, newer generations are removed. */
async function counts(directory: string, numbers: readonly number[], { env, marks }: Store): Promise<boolean> {
  if (marks.get(BORN) === undefined) return false;
  if (numbers.length === 1) return marks.get(MOVED) === undefined;
  let isMoved = false;
  const look = (): void => {
    isMoved = marks.get(MOVED) !== undefined;
    if (isMoved) return;
    for (const number of numbers.slice(1)) remove(directory, number);
  };
  await whileCommitting(directory, () => env.transactionSync(look));
  return !isMoved;
}

async function makeEmpty(directory: string, number: number): Promise<void> {
  const path = ownPath(directory, NEW);
  const store = await share(path);
  await store.marks.put(BORN_AT, Date.now());
  await store.marks.put(BORN, number);
  await giveBack(store);
  giveName(directory, path, number);
}

/**
 * Replaces the generation by a new generation, which `fill` copies from the old store. Writes of other processes wait
 * until then.
 */
export async function replaceGeneration(
  directory: string,
  { number, store: old }: Generation,
  fill: (old: Store, made: Store) => void,
): Promise<void> {
  const path = ownPath(directory, NEW);
  const made = await share(path);
  try {
    const replace = (): void => {
      sweep(directory, path);
      fill(old, made);
      made.marks.putSync(BORN, number + 1);
      giveName(directory, path, number + 1);
      old.marks.putSync(MOVED, number + 1);
    };
    await whileCommitting(directory, () => old.env.transactionSync(replace));
  } finally {
    await giveBack(made);
    removeTree(path);
  }
}

/** Renames generations that cannot be opened, and makes an empty generation. Returns the new paths of the old ones. */
export async function setAside(directory: string): Promise<readonly string[]> {
  const numbers = generationsIn(directory);
  const moved = numbers.map((number) => {
    const path = join(directory, `broken-${number}-${randomBytes(3).toString('hex')}`);
    renameSync(pathOf(directory, number), path);
    return path;
  });
  // A number is never used twice, because a process may still have the old file open.
  await makeEmpty(directory, Math.max(0, ...numbers) + 1);
  return moved;
}

/** Removes the leftovers of killed processes. Under the write lock no other process is making a new generation. */
function sweep(directory: string, own: string): void {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if ([NEW, GONE].some((prefix) => name.startsWith(prefix)) && path !== own) removeTree(path);
  }
}

/** Renames the generation before its removal, so that no process opens it half removed. */
function remove(directory: string, number: number): void {
  const path = ownPath(directory, GONE);
  try {
    renameSync(pathOf(directory, number), path);
  } catch (error) {
    if (!hasSystemCode(error, 'ENOENT')) throw error;
  }
  removeTree(path);
}

function removeTree(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** False for a generation that was put aside or replaced while this process had it open. */
export function isInPlace(directory: string, { number }: Generation): boolean {
  return existsSync(pathOf(directory, number));
}

function pathOf(directory: string, number: number): string {
  return join(directory, `generation-${number}`);
}

function ownPath(directory: string, prefix: string): string {
  return join(directory, `${prefix}${process.pid}-${randomBytes(3).toString('hex')}`);
}

/** Renames, so that no process sees an incomplete generation. A generation that another process made first stays. */
function giveName(directory: string, path: string, number: number): void {
  syncDirectory(path);
  try {
    renameSync(path, pathOf(directory, number));
  } catch (error) {
    if (!hasSystemCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
    removeTree(path);
  }
  syncDirectory(directory);
}

/** Not `syncDirectory` of `lib`, because nothing may be awaited under the write lock. */
function syncDirectory(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
