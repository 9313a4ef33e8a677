import type { SealedUrl } from '../../contract';
import type { Steering } from '../steering';
import type { ViewKeeper } from '../view';
import type { FetchOrder } from './fetch';

/** Asks for a download link; it lives for about a minute. */
export function requestDownloadUrl(order: FetchOrder, steering: Steering, view: ViewKeeper): Promise<SealedUrl> {
  const { account, consumer, transferId, relativePath } = order;
  view.set({ step: 'request-download-url' });
  return steering.activities().requestDownloadUrl({ account, consumer, transferId, relativePath });
}
