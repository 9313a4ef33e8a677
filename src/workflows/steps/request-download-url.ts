import type { SealedUrl } from '../../contract';
import type { Steering } from '../steering';
import type { ViewKeeper } from '../view';
import type { FetchOrder } from './fetch';

/** Asks for a download link; it lives for about a minute. */
export function requestDownloadUrl(order: FetchOrder, steering: Steering, view: ViewKeeper): Promise<SealedUrl> {
  const { account, consumer, transferId, relativePath } = order;
  view.set({ step: 'request-download-url' });
  const request = { account, consumer, transferId, relativePath };
  return steering.activities().anywhere('requestDownloadUrl', request, { summary: 'ask for a download link' });
}
