import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FerryError } from '../errors';
import { CLI_VERSION } from './cli-version';

/**
 * The database file below `directory`, named by the version of the server that writes the file. The server creates its
 * schema in a new file only and never migrates a file.
 *
 * @throws {FerryError} ENGINE_FAILED when only a file of another version exists: with an empty file beside it, all
 *   transfers would seem lost
 */
export function databaseFile(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, `temporal-${CLI_VERSION}.db`);
  if (existsSync(file)) return file;
  const [other] = readdirSync(directory).filter((name) => /^temporal-.+\.db$/.test(name));
  if (other === undefined) return file;
  const version = other.slice('temporal-'.length, -'.db'.length);
  throw new FerryError(
    'ENGINE_FAILED',
    `${join(directory, other)} was written by Temporal CLI ${version}; this Ferry runs ${CLI_VERSION}, which cannot ` +
      'read it. Let its transfers end under the Ferry that wrote it, then move the file away (what it knows of past ' +
      'transfers is lost with it), or give another --state.',
  );
}
