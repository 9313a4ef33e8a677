import { checkTarget } from '../files';
import type { FetchActivityInput } from '../workflows/activity-contract';
import type { FetchResult, ProgressDetails } from '../workflows/contract';
import type { ActivityDeps } from './deps';
import type { Attempt } from './edge';
import { allowedTarget } from './inspect';
import { startProgress } from './progress';
import { withRenewal } from './renewing';
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
  if (target !== null && expected !== null) {
    const there = await checkTarget(target, input.sourcePath, signal, expected);
    if (there === 'same') return { fetchedTo: target, ...expected, sha256: null, urlRenewals: 0, bytesFetched: 0 };
  }
  progress.waitFor('a byte slot');
  return await deps.slots.use(signal, () =>
    withRenewal(
      storage,
      openUrl(deps, 'download-url', input, url),
      signal,
      async () => {
        progress.waitFor('a new download link');
        const fresh = await askForDownloadUrl(
          deps,
          { account, consumer, transferId, relativePath: url.relativePath },
          signal,
        );
        progress.renewed();
        return fresh;
      },
      async (fresh) => {
        progress.begin(fresh.relativePath);
        try {
          const { sizeBytes, md5, sha256, bytesFetched } = await deps.pacer.run(fresh.origin, () =>
            storage.download({
              url: fresh,
              target,
              signal,
              onProgress: (done, size) => progress.at(done, size),
              ...(expected === null ? {} : { expected }),
            }),
          );
          progress.moved(bytesFetched);
          const { urlRenewals, bytesMoved } = progress.now;
          return { fetchedTo: target, sizeBytes, md5, sha256, urlRenewals, bytesFetched: bytesMoved };
        } catch (error) {
          progress.moved(bytesIn(error, 'bytesFetched'));
          throw error;
        }
      },
    ),
  );
}
