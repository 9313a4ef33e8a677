import type { FetchResult, Identity, SealedUrl } from '../../contract';
import { addFailedRound, type FailedRounds } from '../failed-rounds';
import { withSignedUrl } from '../signed-url-loop';
import type { Steering } from '../steering';
import type { ViewKeeper } from '../view';
import { requestDownloadUrl } from './request-download-url';

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
}

/** Requests a download link and fetches the file; repeats both until storage gives the file. */
export async function fetchFile(
  order: FetchOrder,
  { steering, view }: { readonly steering: Steering; readonly view: ViewKeeper },
  failed: FailedRounds,
): Promise<FetchResult> {
  const fetched = await withSignedUrl(
    { steering, view },
    {
      request: () => requestDownloadUrl(order, steering, view),
      use: (url) => fetchBytes(order, steering, view, url),
    },
    (facts, refused) => {
      addFailedRound(failed, facts, refused);
      view.set({ urlRenewals: order.renewedBefore + failed.renewals });
    },
  );
  view.set({ urlRenewals: order.renewedBefore + failed.renewals + fetched.urlRenewals });
  return fetched;
}

function fetchBytes(order: FetchOrder, steering: Steering, view: ViewKeeper, url: SealedUrl): Promise<FetchResult> {
  const { account, consumer, transferId, target, expected, summary } = order;
  view.set({ step: 'fetch' });
  const request = { account, consumer, transferId, url, target, expected };
  return steering.activities().moveBytes('fetch', request, { summary });
}
