import type { SignedUrl, Storage } from '../storage/types';
import type { FetchActivityInput, FetchResult, ProgressDetails } from '../contract';
import { warnOfClock } from './clock-warning';
import type { AccountAccess } from './account-access';
import type { ActivityDeps } from './deps';
import type { Attempt } from './edge';
import { allowedTarget } from './inspect';
import type { PatientAttempt } from './pacer';
import { startProgress, type ProgressKeeper } from './progress';
import { isStale, isStaleAfterQueue, storageOf, withRenewal } from './renewing';
import { askForDownloadUrl, openUrl } from './signed-urls';
import { bytesIn } from './upload';

/** Fetches the object to its target (or only compares its digest), resuming what an earlier attempt has left. */
export async function fetch(
  deps: ActivityDeps,
  input: FetchActivityInput,
  attempt: Attempt<ProgressDetails>,
): Promise<FetchResult> {
  const { account, consumer, transferId, expected, url } = input;
  const { signal } = attempt;
  const access = deps.account(account);
  const { storage } = access;
  const progress = startProgress(attempt, expected?.sizeBytes ?? 0);
  const target = input.target === null ? null : await allowedTarget(deps, access, input.target);
  const renew = async (patient?: PatientAttempt): Promise<SignedUrl> => {
    progress.waitFor('a new download link');
    const what = { account, consumer, transferId, relativePath: url.relativePath };
    const fresh = await askForDownloadUrl(deps, what, signal, patient);
    progress.renewed();
    return fresh;
  };
  const first = openUrl(deps, 'download-url', input, url);
  return await withRenewal(
    isStale(storage, first) ? await renew(attempt) : first,
    signal,
    () => renew(attempt),
    async (link) => {
      await deps.pacer.ready(storageOf(link), attempt);
      progress.waitFor('a byte slot');
      const queuedAt = performance.now();
      return await deps.slots.use(async () => {
        // The link may have expired in the queue. Renewed without patience: no slot is held while messaging is down.
        const fresh = isStaleAfterQueue(storage, link, queuedAt) ? await renew() : link;
        const order = { target, expected, fetched: access.config.fetched, signal };
        return await deps.pacer.run(storageOf(fresh), () => download(deps, storage, fresh, order, progress));
      }, signal);
    },
    () => progress.waitFor('storage to take a download link'),
  );
}

interface Order extends Pick<FetchActivityInput, 'target' | 'expected'> {
  readonly fetched: AccountAccess['config']['fetched'];
  readonly signal: AbortSignal;
}

async function download(
  deps: ActivityDeps,
  storage: Storage,
  url: SignedUrl,
  { target, expected, fetched: rules, signal }: Order,
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
