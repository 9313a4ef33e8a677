import { FerryError, isFerryError } from '../errors';
import type { ConsumerSession, SignedUrlAnswer } from '../liveperson/types';
import type { SignedUrl } from '../storage/types';
import type { Identity, RequestDownloadUrlInput, RequestUploadUrlInput, SealedUrl } from '../contract';
import * as bound from './bounds';
import type { ActivityDeps } from './deps';
import type { WaitingAttempt } from './pacer';
import { judgeSharing } from './sharing';

export const requestUploadUrlInput = bound.record<RequestUploadUrlInput>({
  ...bound.transfer,
  sizeBytes: bound.amount,
  fileType: bound.id,
});

export const requestDownloadUrlInput = bound.record<RequestDownloadUrlInput>({
  ...bound.transfer,
  relativePath: bound.path,
});

type Kind = 'upload-url' | 'download-url';

interface Owner extends Identity {
  readonly transferId: string;
}

/**
 * Requests an upload URL. Each answer has a new relativePath; an unused path needs no cleanup.
 *
 * @param attempt waits inside the worker while messaging is down; without it, the call fails at once
 */
export async function askForUploadUrl(
  deps: ActivityDeps,
  input: RequestUploadUrlInput,
  signal: AbortSignal,
  attempt?: WaitingAttempt,
): Promise<SignedUrl> {
  const { sizeBytes, fileType } = input;
  try {
    return await ask(deps, input, { signal, attempt }, (session) =>
      session.requestUploadUrl({ sizeBytes, fileType }, { signal }),
    );
  } catch (error) {
    throw await judgeSharing(deps, input.account, error, signal);
  }
}

export function askForDownloadUrl(
  deps: ActivityDeps,
  input: RequestDownloadUrlInput,
  signal: AbortSignal,
  attempt?: WaitingAttempt,
): Promise<SignedUrl> {
  return ask(deps, input, { signal, attempt }, (session) => session.requestDownloadUrl(input.relativePath, { signal }));
}

async function ask(
  deps: ActivityDeps,
  owner: Owner,
  { signal, attempt }: { readonly signal: AbortSignal; readonly attempt: WaitingAttempt | undefined },
  request: (session: ConsumerSession) => Promise<SignedUrlAnswer>,
): Promise<SignedUrl> {
  const { address, config } = deps.account(owner.account);
  return await deps.pacer.run(
    { group: config.name, name: 'messaging' },
    async () => {
      const origin = await deps.liveperson.serviceUrl(address, 'swift', signal);
      const answer = await deps.consumers.as(owner, request, signal);
      return deps.signedUrl({ origin, ...answer });
    },
    attempt,
  );
}

/** Seals a signed URL for its transfer, because history must not contain it in plain text. */
export function sealUrl(deps: ActivityDeps, kind: Kind, { account, transferId }: Owner, url: SignedUrl): SealedUrl {
  const { origin, relativePath, query, expiresAt } = url;
  const sealed = deps.sealer.seal({ origin, query }, { purpose: kind, account, owner: transferId });
  return { relativePath, sealed, expiresAt };
}

/** Null when the link was sealed with a key that this worker does not have: the step then requests a link of its own. */
export function openUrl(
  deps: ActivityDeps,
  kind: Kind,
  { account, transferId }: Owner,
  url: SealedUrl,
): SignedUrl | null {
  const context = { purpose: kind, account, owner: transferId };
  const content = unlessKeyUnknown(() =>
    deps.sealer.open<{ origin: string; query: Record<string, string> }>(url.sealed, context),
  );
  if (content === null) return null;
  const { origin, query } = content;
  const opened = deps.signedUrl({ origin, relativePath: url.relativePath, queryParams: query });
  if (opened.expiresAt !== url.expiresAt) {
    throw new FerryError('PROTOCOL_ERROR', `The sealed link of ${transferId} does not belong to its envelope.`);
  }
  return opened;
}

function unlessKeyUnknown<T>(open: () => T): T | null {
  try {
    return open();
  } catch (error) {
    if (isFerryError(error) && error.code === 'SEAL_KEY_UNKNOWN') return null;
    throw error;
  }
}
