import { sleep } from '@temporalio/workflow';
import { errorOf, factsOf, isCancellation, type FailureFacts } from './failures';
import type { SealedUrl } from './contract';
import type { ViewKeeper } from './view';

const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 600_000;

/**
 * Asks for a signed URL and uses it, until storage takes one. The activity renews expired URLs itself; only when storage
 * has refused fresh ones for two minutes does it end with URL_REFUSED. Then something larger is wrong: wait on a
 * durable timer (1 to 10 minutes, so that a day of it stays a short history), and begin again.
 *
 * @param onRefused told what a refused round had already counted, for the receipt
 */
export async function withSignedUrl<Result>(
  view: ViewKeeper,
  timeLeftMs: () => number,
  steps: { request(): Promise<SealedUrl>; use(url: SealedUrl): Promise<Result> },
  onRefused: (facts: FailureFacts) => void,
): Promise<Result> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const url = await steps.request();
    try {
      return await steps.use(url);
    } catch (thrown) {
      if (isCancellation(thrown)) throw thrown;
      const error = errorOf(thrown);
      if (error.code !== 'URL_REFUSED' || timeLeftMs() <= pause) throw thrown;
      onRefused(factsOf(thrown));
      view.set({ state: 'waiting', error, nextTryAt: new Date(Date.now() + pause).toISOString() });
      await sleep(pause, { summary: 'storage refuses its links; asking again later' });
      view.set({ state: 'running', error: null, nextTryAt: null });
    }
  }
}
