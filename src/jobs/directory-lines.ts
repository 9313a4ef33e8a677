import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import picomatch from 'picomatch';
import { failureAnywhere, FerryError } from '../errors';
import { systemCode } from '../lib/system-code';
import type { RawLine } from './raw-line';

export interface DirectoryOptions {
  readonly globs?: readonly string[] | undefined;
  readonly recursive?: boolean | undefined;
  readonly only?: ((path: string) => boolean) | undefined;
}

export interface DirectoryListing {
  /** Relative to the directory, sorted by their UTF-16 code units: the same order on every machine. */
  readonly names: readonly string[];
  /** Files that were left out because their names are temporary. */
  readonly temporary: number;
}

/** Names of files that a program is still writing. They are skipped in directories. */
const TEMPORARY = /^\.|\.part$|\.tmp$|^~\$/i;

export function isTemporaryName(path: string): boolean {
  return TEMPORARY.test(basename(path));
}

/**
 * The files of a directory. Links to files count as files; links to directories are not followed, because they may lead
 * in a circle.
 *
 * @throws {FerryError} SOURCE_UNREADABLE when a directory cannot be listed
 */
export async function listDirectory(directory: string, options: DirectoryOptions = {}): Promise<DirectoryListing> {
  const matches = matcherOf(options.globs ?? []);
  const names: string[] = [];
  let temporary = 0;
  const list = async (below: string): Promise<void> => {
    for (const entry of await entriesOf(join(directory, below))) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (await isDirectory(entry, join(directory, name))) {
        if (options.recursive === true && entry.isDirectory() && !entry.name.startsWith('.')) await list(name);
      } else if (!matches(name)) continue;
      else if (isTemporaryName(name)) temporary += 1;
      else if (options.only?.(join(directory, name)) !== false) names.push(name);
    }
  };
  await list('');
  return { names: names.sort(), temporary };
}

async function isDirectory(entry: Dirent, path: string): Promise<boolean> {
  if (entry.isDirectory()) return true;
  if (!entry.isSymbolicLink()) return false;
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

async function entriesOf(directory: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    const known = failureAnywhere(error);
    if (known !== null) throw known;
    const why = systemCode(error) ?? 'unknown';
    throw new FerryError('SOURCE_UNREADABLE', `The directory ${directory} cannot be listed (${why}).`, {
      cause: error,
    });
  }
}

/** A pattern without a slash matches base names. */
function matcherOf(globs: readonly string[]): (name: string) => boolean {
  if (globs.length === 0) return () => true;
  const matchers = globs.map((glob) => {
    const matches = picomatch(glob);
    return glob.includes('/') ? matches : (name: string) => matches(basename(name));
  });
  return (name) => matchers.some((matches) => matches(name));
}

/** The files of a listing as the lines of a manifest, numbered from 1. */
export function* directoryLines(directory: string, names: readonly string[]): Generator<RawLine> {
  for (const [index, name] of names.entries()) {
    yield { line: index + 1, fields: { source: { text: join(directory, name), column: null } }, problems: [] };
  }
}
