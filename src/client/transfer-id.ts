import { posix, win32 } from 'node:path';
import { FerryError } from '../errors';

/** Base name of a path of this or another host, with any separator. */
export function baseName(path: string): string {
  return win32.isAbsolute(path) && !posix.isAbsolute(path) ? win32.basename(path) : posix.basename(path);
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/;

/** @throws {FerryError} USAGE when a given id cannot be typed again, or looks like another kind of id */
export function checkId(id: string): string {
  if (ID.test(id)) return id;
  throw new FerryError(
    'USAGE',
    `The id ${JSON.stringify(id)} cannot be used: an id has letters, digits, dots, colons, hyphens and underscores, ` +
      'begins with a letter or digit and is at most 200 characters long.',
  );
}

/** True when this could be the id of a transfer or its beginning. */
export function looksLikeId(text: string): boolean {
  return ID.test(text);
}
