import type { FetchResult, Identity } from '../contract';
import { count, type Lost } from './progress';
import { withSignedUrl } from './signed-url-loop';
import type { Steering } from './steering';
import type { ViewKeeper } from './view';

/** A file to fetch from storage, for a transfer that fetches back or for a fetch alone. */
export interface FetchOrder extends Identity {
  readonly transferId: string;
  readonly relativePath: string;
  /** Absolute path; null: compare digests only. */
  readonly target: string | null;
  readonly expected: { readonly sizeBytes: number; readonly md5: string } | null;
  readonly summary: string;
  /** Renewals of earlier steps, for the view. */
  readonly renewedBefore: number;
  /** Path of the file that was sent, where it lies on this host; else null. */
  readonly sourceOn: (host: string) => string | null;
}

/** Asks for a download link and fetches, until storage gives the file. */
export async function fetchObject(
  order: FetchOrder,
  steering: Steering,
  view: ViewKeeper,
  lost: Lost,
): Promise<FetchResult> {
  const { account, consumer, transferId, relativePath, target, expected, summary, renewedBefore } = order;
  const owner = { account, consumer, transferId };
  const fetched = await withSignedUrl(
    view,
    steering.timeLeftMs,
    {
      request() {
        view.set({ step: 'request-download-url' });
        return steering
          .activities()
          .shared('ask for a download link')
          .requestDownloadUrl({ ...owner, relativePath });
      },
      use(url) {
        view.set({ step: 'fetch' });
        const sourcePath = order.sourceOn(steering.host);
        return steering
          .activities()
          .io(summary)
          .fetch({ ...owner, url, target, sourcePath, expected });
      },
    },
    (facts, refused) => {
      count(lost, facts, refused);
      view.set({ urlRenewals: renewedBefore + lost.renewals });
    },
  );
  view.set({ urlRenewals: renewedBefore + lost.renewals + fetched.urlRenewals });
  return fetched;
}
