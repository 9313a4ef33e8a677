import { createHash } from 'node:crypto';
import { type Stats } from 'node:fs';
import { lstat, open, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { failureAnywhere, FerryError } from '../errors';
import { sameContent } from './same-content';
import { systemCode } from '../lib/system-code';

/**
 * `free`: the path does not exist. `same`: it is the source itself. `equal`: another file with the wanted bytes, for
 * example from an earlier attempt.
 */
export type TargetState = 'free' | 'same' | 'equal';

/**
 * The path for a file of this name in a directory. PATH_NOT_ALLOWED for a name that is not a plain file name ("..",
 * "a/b", empty, with NUL), because such a name could leave the directory.
 */
export function targetPathFor(dir: string, sourceName: string): string {
  const hostile =
    sourceName === '' ||
    sourceName === '.' ||
    sourceName === '..' ||
    sourceName.includes('\0') ||
    sourceName.includes('/') ||
    (process.platform === 'win32' && /[\\:]/.test(sourceName)) ||
    basename(sourceName) !== sourceName;
  if (!hostile) return join(dir, sourceName);
  throw new FerryError(
    'PATH_NOT_ALLOWED',
    `${JSON.stringify(sourceName)} is not a plain file name; a file of this name would leave ${dir}.`,
    { details: { dir, name: sourceName } },
  );
}

/**
 * Checks a target before anything is sent or fetched: TARGET_EXISTS for another file, TARGET_PARENT_MISSING when
 * neither its directory nor the directory's parent exists, TARGET_NOT_WRITABLE.
 * @param source path of the file that will be fetched there; null when it is not on this host
 */
export async function checkTarget(target: string, source: string | null, signal?: AbortSignal): Promise<TargetState> {
  const there = await look(target, lstat);
  if (there !== null) return compare(target, there, source, signal);
  const dir = dirname(target);
  const dirStats = await look(dir, stat);
  if (dirStats?.isDirectory()) await probe(dir, dir, target);
  else if (dirStats !== null) throw taken(dir, `${dir} is not a directory.`);
  else await checkParent(dir, target);
  return 'free';
}

async function checkParent(dir: string, target: string): Promise<void> {
  const parent = dirname(dir);
  const stats = await look(parent, stat);
  if (stats?.isDirectory()) return probe(parent, dir, target);
  if (stats !== null) throw taken(parent, `${parent} is not a directory.`);
  throw new FerryError('TARGET_PARENT_MISSING', `Neither ${dir} nor its parent ${parent} exists.`, {
    details: { path: dir },
  });
}

async function compare(
  target: string,
  there: Stats,
  source: string | null,
  signal: AbortSignal | undefined,
): Promise<TargetState> {
  if (there.isDirectory()) throw taken(target, `${target} is a directory.`);
  const at = there.isSymbolicLink() ? await look(target, stat) : there;
  if (at?.isFile()) {
    // A missing or unreadable source is not a fault of the target.
    const from = source === null ? null : await stat(source).catch(() => null);
    if (from?.dev === at.dev && from.ino === at.ino) return 'same';
    if (source !== null && from?.size === at.size && (await sameContent(source, target, signal))) return 'equal';
  }
  throw taken(target, `${target} exists already and is another file.`);
}

/** null: the path does not exist. */
async function look(path: string, how: (path: string) => Promise<Stats>): Promise<Stats | null> {
  try {
    return await how(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw notWritable(path, error);
  }
}

/**
 * Writes an empty file with a hidden name and removes it at once. access(2) is not enough: for root and over NFS it
 * allows writes that then fail. The name is made from the target's name, so the next attempt removes a file that a
 * killed attempt has left.
 */
async function probe(dir: string, wanted: string, target: string): Promise<void> {
  const path = join(dir, `.ferry-probe-${createHash('sha256').update(target).digest('hex').slice(0, 12)}`);
  try {
    await rm(path, { force: true });
    // A file that exists again belongs to another process that checks the same target at this moment.
    const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
      if (systemCode(error) === 'EEXIST') return null;
      throw error;
    });
    await file?.close();
    await rm(path, { force: true });
  } catch (error) {
    throw notWritable(wanted, error);
  }
}

function notWritable(path: string, cause: unknown): FerryError {
  const known = failureAnywhere(cause);
  if (known !== null) return known;
  const code = systemCode(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new FerryError('DISK_FULL', `There is no room left in ${path}.`, { cause, details: { path } });
  }
  return new FerryError('TARGET_NOT_WRITABLE', `${path} may not be written (${code ?? 'unknown error'}).`, {
    cause,
    details: { path },
  });
}

function taken(path: string, message: string): FerryError {
  return new FerryError('TARGET_EXISTS', message, { details: { path } });
}
