import { z } from 'zod';
import type { SignedUrl, Storage } from '../storage/types';
import type { FetchActivityInput, FetchResult, Identity, ProgressDetails } from '../contract';
import * as bound from './bounds';
import { warnOfClock } from './clock-warning';
import type { AccountAccess } from './account-access';
import type { ActivityDeps } from './deps';
import type { Attempt } from './edge';
import { allowedTarget } from './inspect';
import type { WaitingAttempt } from './pacer';
import { progressMeter, startProgress, type ProgressKeeper } from './progress';
import { isStale, isStaleAfterQueue, storageOf, withRenewal } from './renewing';
import { askForDownloadUrl, openUrl } from './signed-urls';
import { bytesIn } from './upload';

export const fetchInput = bound.record<FetchActivityInput>({
  ...bound.transfer,
  url: bound.sealedUrl,
  target: bound.path.nullable(),
  expected: z.looseObject({ sizeBytes: bound.amount, md5: bound.id }).nullable(),
});

/** An object to fetch. */
export interface FetchOrder extends Identity, Pick<FetchActivityInput, 'target' | 'expected'> {
  readonly transferId: string;
  readonly relativePath: string;
  /** The first link; null: request a link. */
  readonly link: SignedUrl | null;
}

/** Fetches the object, first with the link from the workflow. */
export async function fetch(
  deps: ActivityDeps,
  input: FetchActivityInput,
  attempt: Attempt<ProgressDetails>,
): Promise<FetchResult> {
  const { url, ...order } = input;
  const link = openUrl(deps, 'download-url', input, url);
  return await fetchObject(deps, { ...order, relativePath: url.relativePath, link }, attempt);
}

/** Fetches the object to its target (or only compares its digest), and resumes the part of an earlier attempt. */
export async function fetchObject(
  deps: ActivityDeps,
  order: FetchOrder,
  attempt: Attempt<ProgressDetails>,
): Promise<FetchResult> {
  const { account, consumer, transferId, expected, relativePath } = order;
  const { signal } = attempt;
  const access = deps.account(account);
  const { storage } = access;
  const progress = startProgress(attempt, expected?.sizeBytes ?? 0, progressMeter(deps.meter, account, 'down'));
  const target = order.target === null ? null : await allowedTarget(deps, access, order.target);
  const ask = async (waiting?: WaitingAttempt): Promise<SignedUrl> => {
    progress.waitFor('a new download link');
    return await askForDownloadUrl(deps, { account, consumer, transferId, relativePath }, signal, waiting);
  };
  const renew = async (waiting?: WaitingAttempt): Promise<SignedUrl> => {
    const fresh = await ask(waiting);
    progress.renewed();
    return fresh;
  };
  const firstLink = async (): Promise<SignedUrl> => {
    if (order.link === null) return await ask(attempt);
    return isStale(storage, order.link) ? await renew(attempt) : order.link;
  };
  return await withRenewal(
    await firstLink(),
    signal,
    () => renew(attempt),
    async (link) => {
      await deps.pacer.ready(storageOf(link), attempt);
      progress.waitFor('a byte slot');
      const queuedAt = performance.now();
      const move = async (): Promise<FetchResult> => {
        // The link may have expired in the queue. Its renewal must not wait: no slot is held while messaging is down.
        const fresh = isStaleAfterQueue(storage, link, queuedAt) ? await renew() : link;
        const rules = { target, expected, fetched: access.config.fetched, signal };
        return await deps.pacer.run(storageOf(fresh), () => download(deps, storage, fresh, rules, progress));
      };
      return await deps.slots.use(expected?.sizeBytes ?? Number.POSITIVE_INFINITY, move, signal);
    },
    () => progress.waitFor('storage to take a download link'),
  );
}

interface Rules extends Pick<FetchActivityInput, 'target' | 'expected'> {
  readonly fetched: AccountAccess['config']['fetched'];
  readonly signal: AbortSignal;
}

async function download(
  deps: ActivityDeps,
  storage: Storage,
  url: SignedUrl,
  { target, expected, fetched: rules, signal }: Rules,
  progress: ProgressKeeper,
): Promise<FetchResult> {
  progress.begin(url.relativePath, true);
  const onProgress = (done: number, size: number): void => progress.at(done, size);
  const limits = { maxBytes: rules.maxBytes, fileMode: rules.mode, ...(expected === null ? {} : { expected }) };
  try {
    const fetched = await storage.download({ url, target, signal, onProgress, ...limits });
    progress.moved(fetched.bytesFetched);
    const { urlRenewals, bytesMoved } = progress.now;
    const { sizeBytes, md5, sha256, verified } = fetched;
    return { fetchedTo: target, sizeBytes, md5, sha256, verified, urlRenewals, bytesFetched: bytesMoved };
  } catch (error) {
    // An aborted fetch does not report its bytes: use the last progress value.
    progress.moved(signal.aborted ? progress.now.bytesUnderWay : bytesIn(error, 'bytesFetched'));
    throw error;
  } finally {
    warnOfClock(deps.log, storage, url.origin);
  }
}
