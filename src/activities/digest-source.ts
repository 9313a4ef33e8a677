import { stat } from 'node:fs/promises';
import { failureAnywhere, FerryError } from '../errors';
import type { DigestSourceInput } from '../contract';
import { systemCode } from '../lib/system-code';
import * as bound from './bounds';
import type { ActivityDeps } from './deps';
import type { Attempt } from './edge';
import { allowedSource } from './inspect';

export const digestSourceInput = bound.record<DigestSourceInput>({ ...bound.identity, path: bound.path });

/** The digest of the file's present content. A send compares it when a transfer of the file is under way. */
export async function digestSource(
  deps: ActivityDeps,
  input: DigestSourceInput,
  { signal }: Attempt<never>,
): Promise<{ readonly md5: string }> {
  const account = deps.account(input.account);
  const path = await allowedSource(deps, account, input.path);
  const {
    size: sizeBytes,
    mtimeMs,
    ino: inode,
  } = await stat(path).catch((error: unknown) => {
    throw (
      failureAnywhere(error) ??
      new FerryError('SOURCE_UNREADABLE', `${path} cannot be read (${systemCode(error) ?? 'unknown reason'}).`)
    );
  });
  const { md5 } = await account.storage.digest({ path, sizeBytes, mtimeMs, inode }, signal);
  return { md5 };
}
