import { sleep } from '@temporalio/workflow';
import type { SealedUrl } from '../contract';
import { errorOf, factsOf, failWith, isCancellation, transferError, type FailureFacts } from './failures';
import type { Steering } from './steering';
import type { ViewKeeper } from './view';

const FIRST_PAUSE_MS = 60_000;

/** Doubling stops here. */
const USUAL_PAUSE_MS = 600_000;

/**
 * From then on a pause is this share of the time since the first refusal: 15 minutes after a day, 100 minutes after a
 * week. A round has 19 events, so the history stays below 10,000 events in a month and below 20,000 in ten years. At
 * 51,200 Temporal would end the transfer.
 */
const PAUSE_SHARE = 1 / 100;

/**
 * Requests a signed URL and uses it, until storage accepts one. The activity renews expired URLs itself. It ends with
 * URL_REFUSED only after storage has refused new URLs for two minutes. Then the loop waits on a durable timer, longer
 * each time, and starts again.
 *
 * @param onFailedRound gets the progress of a failed round, for the receipt and for the next round
 * @throws {ApplicationFailure} DEADLINE_PASSED when it passes during a wait; else what the steps throw
 */
export async function withSignedUrl<Result>(
  { steering, view }: { readonly steering: Steering; readonly view: ViewKeeper },
  steps: { request(): Promise<SealedUrl>; use(url: SealedUrl): Promise<Result> },
  onFailedRound: (facts: FailureFacts, refused: boolean) => void,
): Promise<Result> {
  const begunAt = Date.now();
  for (let pause = FIRST_PAUSE_MS; ; pause = pauseAfter(pause, Date.now() - begunAt)) {
    const url = await steps.request();
    try {
      return await steps.use(url);
    } catch (thrown) {
      const error = isCancellation(thrown) ? null : errorOf(thrown);
      const refused = error?.code === 'URL_REFUSED';
      onFailedRound(factsOf(thrown), refused);
      if (!refused) throw thrown;
      const left = steering.timeLeftMs();
      const wait = Math.min(pause, left);
      view.set({ state: 'waiting', error, nextTryAt: new Date(Date.now() + wait).toISOString() });
      await sleep(wait, { summary: 'storage refuses its links; asking again later' });
      if (left <= pause) throw failWith(transferError('DEADLINE_PASSED', `The deadline passed: ${error.message}`));
      view.set({ state: 'running', error: null, nextTryAt: null });
    }
  }
}

/** The pause that follows a pause of `pauseMs`, when links have been refused for `refusedForMs`. */
export function pauseAfter(pauseMs: number, refusedForMs: number): number {
  return Math.max(Math.min(pauseMs * 2, USUAL_PAUSE_MS), refusedForMs * PAUSE_SHARE);
}
