/**
 * The store lies in `DIRECTORY/generation-N`. Rebuilding and compacting write generation N + 1 while other processes work
 * on N, and mark N as moved; whoever sees the mark goes on with the next one.
 *
 * What makes this safe: the new generation gets its name, and the old one its mark, under the write lock of the old one.
 * A process that finds both generations asks the old one, under the same lock: is it marked, the new one counts; is it
 * not, whoever made the new one has died, and the new one is removed. A directory without the mark `born` was made by
 * LMDB for a name that had just been removed, and counts as none.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hasSystemCode } from '../lib/system-code';
import { BORN, MOVED, openStore, type Store } from './store';

const NAME = /^generation-(\d+)$/;
const NEW = 'new-';
const GONE = 'gone-';

/** A store is replaced by a person's command: more often than this within one call is a loop. */
const MOST_TRIES = 20;

export interface Generation {
  readonly number: number;
  readonly store: Store;
}

/** Opens the generation that counts; makes the first one in an empty directory. */
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
      const store = openStore(pathOf(directory, oldest));
      if (await counts(directory, numbers, store)) return { number: oldest, store };
      await store.env.close();
      remove(directory, oldest);
    } catch (error) {
      // Another process may have replaced or removed it just now.
      if (generationsIn(directory)[0] === oldest) throw error;
    }
  }
  throw new Error('another process replaces it again and again');
}

function generationsIn(directory: string): readonly number[] {
  return readdirSync(directory)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((one, other) => one - other);
}

/** Whether the oldest generation is to be used; newer ones that do not count are removed. */
async function counts(directory: string, numbers: readonly number[], { env, marks }: Store): Promise<boolean> {
  if (marks.get(BORN) === undefined) return false;
  if (numbers.length === 1) return marks.get(MOVED) === undefined;
  let isMoved = false;
  env.transactionSync(() => {
    isMoved = marks.get(MOVED) !== undefined;
    if (isMoved) return;
    for (const number of numbers.slice(1)) remove(directory, number);
  });
  return !isMoved;
}

async function makeEmpty(directory: string, number: number): Promise<void> {
  const path = ownPath(directory, NEW);
  const { env, marks } = openStore(path);
  await marks.put(BORN, number);
  await env.close();
  giveName(directory, path, number);
}

/**
 * Writes a new generation with `fill`, which is given the old one's store and the new one's, and lets it take the old
 * one's place. Other processes wait with their writes meanwhile.
 */
export async function replaceGeneration(
  directory: string,
  { number, store: old }: Generation,
  fill: (old: Store, made: Store) => void,
): Promise<void> {
  const path = ownPath(directory, NEW);
  const made = openStore(path);
  try {
    old.env.transactionSync(() => {
      sweep(directory, path);
      fill(old, made);
      made.marks.putSync(BORN, number + 1);
      giveName(directory, path, number + 1);
      old.marks.putSync(MOVED, number + 1);
    });
  } finally {
    await made.env.close();
    removeTree(path);
  }
}

/** Puts generations that cannot be opened out of the way, and an empty one in their place. Returns where they are now. */
export async function setAside(directory: string): Promise<readonly string[]> {
  const numbers = generationsIn(directory);
  const moved = numbers.map((number) => {
    const path = join(directory, `broken-${number}-${randomBytes(3).toString('hex')}`);
    renameSync(pathOf(directory, number), path);
    return path;
  });
  // A number is never used twice: a process may still have the old file open.
  await makeEmpty(directory, Math.max(0, ...numbers) + 1);
  return moved;
}

/** What a killed process has left. Under the write lock nobody else is making a new generation. */
function sweep(directory: string, own: string): void {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if ([NEW, GONE].some((prefix) => name.startsWith(prefix)) && path !== own) removeTree(path);
  }
}

/** Under another name first: nobody opens a generation of which half is removed. */
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

function pathOf(directory: string, number: number): string {
  return join(directory, `generation-${number}`);
}

function ownPath(directory: string, prefix: string): string {
  return join(directory, `${prefix}${process.pid}-${randomBytes(3).toString('hex')}`);
}

/** By a rename: nobody sees a generation that is not whole. One that another process has made first is left. */
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

/** Not the one of `lib`: under the write lock nothing may be awaited. */
function syncDirectory(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
