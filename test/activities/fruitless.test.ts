import { atEdge, type Attempt } from '../../src/activities/edge';
import { givingUp } from '../../src/activities/fruitless';
import { startProgress } from '../../src/activities/progress';
import type { ProgressDetails } from '../../src/contract';
import { FerryError, type ErrorCode } from '../../src/errors';
import { z } from 'zod';
import { failureOf, runAttempt } from './support';

const none = z.null();

/** An activity whose attempts fail with this code after so many bytes. */
function failing(code: ErrorCode, bytesDone: number) {
  const move = (_: null, attempt: Attempt<ProgressDetails>): Promise<never> => {
    startProgress(attempt, 1000).at(bytesDone);
    return Promise.reject(new FerryError(code, 'It failed.'));
  };
  return atEdge(none, givingUp(move));
}

async function attemptAfter(
  activity: (input: null) => Promise<never>,
  heartbeatDetails: Partial<ProgressDetails> = {},
): Promise<{ readonly isFinal: boolean; readonly details: ProgressDetails }> {
  const failure = await failureOf(runAttempt(activity, null, { attempt: 2, heartbeatDetails }));
  return { isFinal: failure.nonRetryable === true, details: failure.details![0] as ProgressDetails };
}

test.each(['DIGEST_MISMATCH', 'STALLED'] as const)(
  'Five attempts in a row that end with %s end the activity.',
  async (code) => {
    const ends: boolean[] = [];
    let before: Partial<ProgressDetails> = { fruitless: 0, furthest: 500 };
    for (let attempts = 0; attempts < 5; attempts += 1) {
      const { isFinal, details } = await attemptAfter(failing(code, 500), before);
      ends.push(isFinal);
      before = details;
    }
    expect(ends).toEqual([false, false, false, false, true]);
  },
);

test('An attempt that got further than all before begins the count anew.', async () => {
  const { isFinal, details } = await attemptAfter(failing('STALLED', 501), { fruitless: 4, furthest: 500 });
  expect(isFinal).toBe(false);
  expect(details).toMatchObject({ fruitless: 1, furthest: 501 });
});

test('A digest that differs does not count as progress, whatever the number of bytes.', async () => {
  expect((await attemptAfter(failing('DIGEST_MISMATCH', 1000), { fruitless: 4, furthest: 500 })).isFinal).toBe(true);
});

test('An outage counts for nothing and is tried without end.', async () => {
  const { isFinal, details } = await attemptAfter(failing('STORAGE_UNAVAILABLE', 500), { fruitless: 4, furthest: 500 });
  expect(isFinal).toBe(false);
  expect(details.fruitless).toBe(4);
});
