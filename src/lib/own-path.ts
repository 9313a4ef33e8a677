import { lstatSync, type Stats } from 'node:fs';

/** Checks that a file or directory is trustworthy before Ferry uses its content. */
export type PathKind = 'file' | 'directory';

/**
 * Why the file or directory is not trustworthy, as the end of a sentence. Null when only its owner can have written it,
 * or when it does not exist. Links are not followed, because other users may change them.
 *
 * @param owners `us`: it must belong to this user; `us or root`: an administrator may have put it there
 */
export function problemOfPath(path: string, kind: PathKind, owners: 'us' | 'us or root' = 'us'): string | null {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (stats.isSymbolicLink()) return 'is a symbolic link';
  if (kind === 'directory' ? !stats.isDirectory() : !stats.isFile()) return `is not a ${kind}`;
  return problemOfOwner(stats, owners);
}

/** Like {@link problemOfPath}, for the facts of an open descriptor or a followed path. */
export function problemOfOwner(stats: Stats, owners: 'us' | 'us or root' = 'us'): string | null {
  const us = process.getuid?.();
  if (us === undefined) return null;
  if (stats.uid !== us && !(owners === 'us or root' && stats.uid === 0)) return 'belongs to another user';
  // A group of the same number is the user's own: systems that make such groups also make files writable for them.
  const group = stats.gid === stats.uid ? 0 : 0o020;
  if ((stats.mode & (group | 0o002)) === 0) return null;
  return `may be written by others (mode ${(stats.mode & 0o7777).toString(8).padStart(4, '0')})`;
}
