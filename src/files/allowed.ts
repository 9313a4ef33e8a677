import { lstat, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, isAbsolute, sep } from 'node:path';
import { FerryError } from '../errors';
import { defined } from '../lib/defined';
import { systemCode } from '../lib/system-code';
import { explainSourceError } from './why-missing';

/** As on Linux. */
const MOST_LINKS = 40;

/**
 * Checks that a path, with its symbolic links resolved, is inside one of the allowed directories; else
 * PATH_NOT_ALLOWED. For a target that does not exist yet, the nearest existing ancestor is resolved.
 *
 * Open the returned path, not the given path, and with O_NOFOLLOW: links may change after this check.
 * @param allowed absolute directories; null: no limit
 * @returns the path with all links resolved
 */
export async function checkAllowed(
  path: string,
  allowed: readonly string[] | null,
  kind: 'source' | 'target',
): Promise<string> {
  if (path.includes('\0')) throw notAllowed(path, kind, allowed ?? []);
  const wanted = resolve(path);
  const real = kind === 'source' ? await realSource(wanted, allowed) : await realOrFuture(wanted, kind, allowed ?? []);
  if (allowed !== null && !(await isInsideAny(real, allowed))) throw notAllowed(path, kind, allowed);
  return real;
}

/** @throws {FerryError} PATH_NOT_ALLOWED when a source, with its links resolved, lies in none of the directories */
export async function assertInside(real: string, named: string, allowed: readonly string[] | null): Promise<void> {
  if (allowed !== null && !(await isInsideAny(real, allowed))) throw notAllowed(named, 'source', allowed);
}

/**
 * For a source that cannot be reached. The error is the same as for an existing file, so that it does not tell what is
 * in a forbidden directory.
 * @throws {FerryError} PATH_NOT_ALLOWED when the path, or a broken link on its way, leads outside
 */
export async function assertMissingInside(path: string, allowed: readonly string[] | null): Promise<void> {
  if (allowed === null) return;
  if (!(await leadsInside(resolve(path), allowed))) throw notAllowed(path, 'source', allowed);
}

/**
 * Whether a path that cannot be reached stays inside. Broken links are followed by their text. So the answer for a link
 * to a forbidden directory depends on the link alone, and not on what exists there.
 */
async function leadsInside(path: string, allowed: readonly string[]): Promise<boolean> {
  let at = path;
  for (let links = 0; links < MOST_LINKS; links += 1) {
    const { place, next } = await followOnce(at);
    if (!(await isInsideAny(place, allowed))) return false;
    if (next === null) return true;
    at = next;
  }
  // The links lead in a circle inside.
  return true;
}

interface Followed {
  /** The path up to its first broken link, or to its end, with working links resolved. */
  readonly place: string;
  /** The path where the broken link leads; null when the path has no broken link. */
  readonly next: string | null;
}

async function followOnce(path: string): Promise<Followed> {
  const missing: string[] = [];
  for (let ancestor = path; ; ancestor = dirname(ancestor)) {
    const real = await realpath(ancestor).catch(() => null);
    if (real !== null) return { place: join(real, ...missing), next: null };
    const text = await readlink(ancestor).catch(() => null);
    if (text !== null) {
      const parent = await realpath(dirname(ancestor)).catch(() => sep);
      // Where such a text leads depends on other links on its way, perhaps outside.
      const isPlain = !text
        .replace(/^(\.\.?\/+)+/, '')
        .split(sep)
        .includes('..');
      return { place: join(parent, basename(ancestor)), next: isPlain ? resolve(parent, text, ...missing) : sep };
    }
    missing.unshift(basename(ancestor));
  }
}

async function isInsideAny(real: string, allowed: readonly string[]): Promise<boolean> {
  for (const directory of allowed) {
    const root = await realpath(directory).catch(() => null);
    if (root !== null && isInside(real, root)) return true;
  }
  return false;
}

async function realSource(path: string, allowed: readonly string[] | null): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    await assertMissingInside(path, allowed);
    throw await explainSourceError(error, path);
  }
}

/** The path with the links of its nearest existing ancestor resolved. */
async function realOrFuture(path: string, kind: 'source' | 'target', allowed: readonly string[]): Promise<string> {
  const missing: string[] = [];
  for (let ancestor = path; ; ancestor = dirname(ancestor)) {
    try {
      const real = await realOrMissing(ancestor);
      if (real !== null) return join(real, ...missing);
    } catch (error) {
      throw notAllowed(path, kind, allowed, error);
    }
    if (ancestor === dirname(ancestor)) throw notAllowed(path, kind, allowed);
    missing.unshift(basename(ancestor));
  }
}

/** Null when the path does not exist. Throws for a dangling link, because a write would create a file elsewhere. */
async function realOrMissing(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOTDIR') return null;
    if (code !== 'ENOENT') throw error;
    if (!(await exists(path))) return null;
  }
  // Another transfer may have made the directory between the two calls; a dangling link fails again.
  return await realpath(path);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function isInside(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function notAllowed(path: string, kind: 'source' | 'target', allowed: readonly string[], cause?: unknown): FerryError {
  const where = allowed.length === 0 ? 'no directory is allowed' : `allowed are ${allowed.join(', ')}`;
  const reason =
    cause === undefined ? `outside the directories for ${kind}s (${where})` : 'a path that cannot be resolved';
  return new FerryError('PATH_NOT_ALLOWED', `${JSON.stringify(path).slice(1, -1)} is ${reason}.`, {
    ...defined({ cause }),
    details: { path, kind },
  });
}
