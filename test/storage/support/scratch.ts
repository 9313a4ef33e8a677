import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UploadSource } from '../../../src/storage';

/** A directory of the test's own. */
export interface Scratch {
  readonly directory: string;
  path(name: string): string;
  /** A file of these bytes (or of so many random ones), older than the cache of digests asks for. */
  file(name: string, content: Buffer | number): Promise<{ readonly source: UploadSource; readonly bytes: Buffer }>;
  remove(): Promise<void>;
}

export async function makeScratch(): Promise<Scratch> {
  const directory = await mkdtemp(join(tmpdir(), 'ferry-storage-'));
  return {
    directory,
    path: (name) => join(directory, name),
    async file(name, content) {
      const bytes = typeof content === 'number' ? randomBytes(content) : content;
      const path = join(directory, name);
      await writeFile(path, bytes);
      const old = new Date(Date.now() - 60_000);
      await utimes(path, old, old);
      return { source: await inspected(path), bytes };
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** What inspection would have seen. */
export async function inspected(path: string): Promise<UploadSource> {
  const { size, mtimeMs, ino } = await stat(path);
  return { path, sizeBytes: size, mtimeMs, inode: ino };
}

/** Waits, up to a bound, until the condition holds. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  boundMs = 10_000,
): Promise<void> {
  const end = Date.now() + boundMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The error that a promise ends with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was expected to fail');
}

/** Root may read and write everything: what others may not is tried as nobody. */
export async function withoutRootsRights<T>(act: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return act();
  process.seteuid?.(65_534);
  try {
    return await act();
  } finally {
    process.seteuid?.(0);
  }
}
