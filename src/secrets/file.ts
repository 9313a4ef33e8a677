import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { TextDecoder } from 'node:util';
import { failureAnywhere, FerryError } from '../errors';
import { systemCode } from '../lib/system-code';

const MAX_BYTES = 64 * 1024;
const OTHERS = 0o007;
const GROUP_READS = 0o040;
const GROUP_WRITES_OR_RUNS = 0o030;
const OWNER_WRITES = 0o200;
const SOMEBODY_RUNS = 0o111;

/**
 * Reads a file that holds a secret, in UTF-8 or with the byte order mark of another encoding. The mark and newlines at
 * the end do not count. CONFIG_INVALID when the file is missing, empty, not text or not a regular file, or when others
 * may read it.
 */
export function loadSecretFile(path: string): string {
  const text = decoded(path, readPrivate(path)).replace(/[\r\n]+$/, '');
  if (text === '') throw invalid(path, 'is empty');
  return text;
}

function readPrivate(path: string): Buffer {
  let fd: number | undefined;
  try {
    // O_NONBLOCK: a named pipe at this path must not hang the start.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw invalid(path, 'is not a regular file');
    if (process.platform !== 'win32' && !isPrivate(stats)) throw invalid(path, whatToDo(path, stats));
    if (stats.size > MAX_BYTES) throw invalid(path, 'is too large to be a secret');
    return readFileSync(fd);
  } catch (error) {
    const known = failureAnywhere(error);
    if (known !== null) throw known;
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw invalid(path, 'does not exist', error);
    throw invalid(path, `cannot be read (${code ?? 'unknown error'})`, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/**
 * Only the owner may read the file. In a mount that another user manages, a group of this process may read it as well:
 * Kubernetes mounts secrets as 0440, owned by root and the pod's group. A file that this user may write must be
 * private.
 */
function isPrivate({ mode, uid, gid }: Stats): boolean {
  if ((mode & (OTHERS | GROUP_WRITES_OR_RUNS)) !== 0) return false;
  if ((mode & GROUP_READS) === 0) return true;
  const isManaged = (mode & OWNER_WRITES) === 0 || uid !== process.geteuid?.();
  return isManaged && (gid === process.getegid?.() || (process.getgroups?.() ?? []).includes(gid));
}

function whatToDo(path: string, { mode, uid }: Stats): string {
  const shown = (mode & 0o777).toString(8).padStart(4, '0');
  const found = `may be read or written by others (mode ${shown}); run: chmod 600 '${path}'`;
  // A secret is not executable. A file system without access rights shows every file as executable.
  if ((mode & SOMEBODY_RUNS) !== 0) {
    return `${found}. Where that changes nothing, the file system keeps no access rights (FAT, SMB, a Windows disk): move the file to one that does, or give the secret in an environment variable`;
  }
  const own = process.geteuid?.();
  if (uid === own || own === 0) return found;
  return `${found}, or, as its owner, let a group of this process read it: chmod 440`;
}

/** Decodes by the byte order mark, which editors on Windows write. */
function decoded(path: string, bytes: Buffer): string {
  const mark = bytes.toString('hex', 0, 2);
  const encoding = mark === 'fffe' ? 'utf-16le' : mark === 'feff' ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw invalid(path, 'is not text in UTF-8', error);
  }
}

function invalid(path: string, what: string, cause?: unknown): FerryError {
  return new FerryError('CONFIG_INVALID', `The secret file ${path} ${what}.`, { cause, details: { path } });
}
