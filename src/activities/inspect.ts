import { FerryError } from '../errors';
import { checkAllowed, checkTarget, inspectFile, targetPathFor, type InspectedFile } from '../files';
import { type InspectInput, type Inspection, LONGEST_CAPTION } from '../contract';
import { defined } from '../lib/defined';
import { isSameTime } from '../lib/same-file';
import type { AccountAccess } from './account-access';
import * as bound from './bounds';
import type { ActivityDeps } from './deps';
import { sentAlready } from './sent-already';

export const inspectInput = bound.record<InspectInput>({
  ...bound.identity,
  ...bound.choices,
  source: bound.sourceRef,
  fetchTo: bound.path.nullable(),
  sendKey: bound.id.nullable().optional(),
  sentBefore: bound.receipt.optional(),
  expectedMd5: bound.id.optional(),
  audit: bound.auditEntry.optional(),
});

/** Refuses files that could never be sent, before anything is sent. */
export async function inspect(
  deps: ActivityDeps,
  input: InspectInput,
  { signal }: { readonly signal: AbortSignal },
): Promise<Inspection> {
  // Before anything that can fail: a refused send is on record as well.
  if (input.audit !== undefined) await deps.audit.keep([input.audit]);
  const account = deps.account(input.account);
  const captionLength = Array.from(input.caption).length;
  if (captionLength > LONGEST_CAPTION) {
    throw new FerryError(
      'CAPTION_TOO_LONG',
      `The caption has ${captionLength} characters; at most ${LONGEST_CAPTION} are sent.`,
    );
  }
  const allowed = directoriesOf(deps, account.config.directories?.sources);
  const file = await inspectFile(input.source.path, account.config.files, {
    signal,
    allowed,
    preview: true,
    ...defined({ as: input.sendAs }),
  });
  const { path } = file;
  const { sizeBytes, mtimeMs } = input.source;
  if (
    (sizeBytes !== null && sizeBytes !== file.sizeBytes) ||
    (mtimeMs !== null && !isSameTime(mtimeMs, file.mtimeMs))
  ) {
    throw new FerryError('SOURCE_CHANGED', `${path} changed after it was given to Ferry.`);
  }
  if (input.expectedMd5 !== undefined) await compareDigest(account, file, input.expectedMd5, signal);
  if (input.fetchTo !== null) {
    const target = await allowedTarget(deps, account, targetPathFor(input.fetchTo, file.name));
    await checkTarget(target, path, signal);
  }
  const alreadySent = await sentAlready(deps, input, () => digestOf(account, file, signal));
  if (alreadySent === undefined && file.preview !== null) deps.previews.keep(file.preview);
  return {
    ...defined({ alreadySent }),
    source: file.path,
    name: file.name,
    sizeBytes: file.sizeBytes,
    mtimeMs: file.mtimeMs,
    inode: file.inode,
    fileType: file.fileType,
    notes: file.notes,
  };
}

/** A host that takes over a transfer must have the file that was uploaded. */
async function compareDigest(
  account: AccountAccess,
  file: InspectedFile,
  expected: string,
  signal: AbortSignal,
): Promise<void> {
  if ((await digestOf(account, file, signal)) === expected) return;
  throw new FerryError(
    'SOURCE_CHANGED',
    `${file.path} is not the file that was uploaded before: its digest is different.`,
  );
}

async function digestOf(
  { storage }: AccountAccess,
  { path, sizeBytes, mtimeMs, inode }: InspectedFile,
  signal: AbortSignal,
): Promise<string> {
  return (await storage.digest({ path, sizeBytes, mtimeMs, inode }, signal)).md5;
}

/** The path with links resolved, inside the account's source directories. */
export function allowedSource(deps: ActivityDeps, { config }: AccountAccess, path: string): Promise<string> {
  return checkAllowed(path, directoriesOf(deps, config.directories?.sources), 'source');
}

export function allowedTarget(deps: ActivityDeps, { config }: AccountAccess, path: string): Promise<string> {
  return checkAllowed(path, directoriesOf(deps, config.directories?.targets), 'target');
}

/** Null allows any path, which is safe only where nobody but this machine's user can start workflows. */
export function directoriesOf(deps: ActivityDeps, configured: readonly string[] | undefined): readonly string[] | null {
  return configured ?? (deps.anyPathAllowed ? null : []);
}
