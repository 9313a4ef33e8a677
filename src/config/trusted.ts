/**
 * Which configuration files are trusted. A file that was found where a command is typed may come from an archive or
 * from another user, and it names programs to run and hosts that get secrets. Ferry uses such a file only after a
 * person has trusted it, and only while its content stays the same.
 */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FerryError } from '../errors';
import { createFile } from '../lib/atomic-file';
import type { Env } from '../lib/env';
import { problemOfOwner, problemOfPath } from '../lib/own-path';
import { userConfigPath } from './paths';

/** Remembers that this content at this path is trusted. Without a home directory nothing is remembered. */
export function trustConfig(path: string, content: string, env: Env): void {
  const mark = markOf(path, content, env);
  if (mark === null) return;
  mkdirSync(dirname(mark), { recursive: true, mode: 0o700 });
  createFile(mark, `${path}\n`);
}

/** CONFIG_NOT_TRUSTED: this content has not been trusted, or others may write the file or its directory. */
export function checkTrusted(path: string, content: string, env: Env): void {
  checkOwned(path);
  const mark = markOf(path, content, env);
  if (mark !== null && existsSync(mark)) return;
  const message = `${path} was found in the current directory and has not been trusted. It names programs to run and hosts to send to.`;
  throw new FerryError('CONFIG_NOT_TRUSTED', message, { details: { path } });
}

/** CONFIG_NOT_TRUSTED unless only its owner, this user or root, may write the file and its directory. */
export function checkOwned(path: string): void {
  const problem = problemOfPath(path, 'file', 'us or root');
  if (problem !== null) throw notTrusted(path, problem);
  checkDirectory(dirname(path), 'us or root');
}

/**
 * Like {@link checkOwned}, for a file that a person has named: links are followed, and the directory is not checked.
 */
export function checkNamed(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  const problem = stats === undefined ? null : problemOfOwner(stats, 'us or root');
  if (problem !== null) throw notTrusted(path, problem);
}

/** CONFIG_NOT_TRUSTED when others may write the state directory or a link to it. A missing directory is fine. */
export function checkStateDir(stateDir: string): void {
  checkDirectory(stateDir, 'us');
}

function checkDirectory(path: string, owners: 'us' | 'us or root'): void {
  const link = lstatSync(path, { throwIfNoEntry: false });
  if (link === undefined) return;
  // The owner of a link can change its target; its mode means nothing.
  if (link.isSymbolicLink() && process.getuid !== undefined && link.uid !== process.getuid() && link.uid !== 0) {
    throw notTrusted(path, 'is a link that belongs to another user');
  }
  const real = realpathSync(path);
  if (!statSync(real).isDirectory()) {
    const remedy = 'Name a directory: --state DIR (or FERRY_STATE).';
    throw new FerryError('NOT_CONFIGURED', `The state directory ${real} is not a directory.`, { remedy });
  }
  const problem = problemOfPath(real, 'directory', owners);
  if (problem !== null) throw notTrusted(real, problem);
}

function notTrusted(path: string, problem: string): FerryError {
  return new FerryError('CONFIG_NOT_TRUSTED', `${path} is not used: it ${problem}.`, { details: { path } });
}

/** Null without a home directory: trust cannot be remembered then. */
function markOf(path: string, content: string, env: Env): string | null {
  const own = userConfigPath(env);
  if (own === null) return null;
  const hash = createHash('sha256')
    .update(JSON.stringify([path, content]))
    .digest('hex');
  return join(dirname(own), 'trusted', hash);
}
