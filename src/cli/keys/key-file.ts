import { realpathSync, statSync } from 'node:fs';
import { FerryError } from '../../errors';
import { replaceFile } from '../../lib/atomic-file';
import { takeFileLock } from '../../lib/file-lock';
import { systemCode } from '../../lib/system-code';
import type { SealKey } from '../../secrets';
import { lazy } from '../shared/lazy';
import { usageError } from '../shared/output/output';
import type { Io } from '../shared/io';
import type { Settings } from '../shared/settings';

/** The file of the seal keys; null: they come from FERRY_SEAL_KEY. */
export function keyFileOf({ config }: Settings, { env }: Io): string | null {
  return env['FERRY_SEAL_KEY'] ? null : config.sealKeyFile;
}

/**
 * Changes the key file atomically: a worker reads the old file or the new file, never a part.
 *
 * @param change gets the text and its keys, and returns the new text
 * @throws {FerryError} USAGE when there is no file, or when this user may not change the file; CONFIG_INVALID
 */
export async function changeKeyFile(
  settings: Settings,
  io: Io,
  change: (text: string, keys: readonly SealKey[]) => Promise<string>,
): Promise<string> {
  const named = keyFileOf(settings, io);
  if (named === null) {
    const where = io.env['FERRY_SEAL_KEY'] ? 'come from FERRY_SEAL_KEY' : 'have no file (sealKeyFile)';
    throw usageError(`The seal keys ${where}: only keys in a file can be changed by this command.`);
  }
  const { loadSecretFile, parseSealKeys } = lazy.secrets();
  // A link must stay a link.
  const path = realpathSync(named);
  const { uid } = statSync(path);
  if (process.geteuid !== undefined && uid !== process.geteuid()) {
    throw usageError(`The key file ${path} belongs to another user (${uid}): run the command as this user.`);
  }
  try {
    const { lock } = await takeFileLock(`${path}.lock`);
    if (lock === null) throw usageError(`Another command is changing ${path}. Try again.`);
    try {
      const text = `${loadSecretFile(path)}\n`;
      replaceFile(path, await change(text, parseSealKeys(text, path)));
    } finally {
      lock.release();
    }
    return path;
  } catch (cause) {
    const code = systemCode(cause);
    if (code === undefined || cause instanceof FerryError) throw cause;
    throw usageError(`The key file ${path} cannot be changed (${code}).`);
  }
}
