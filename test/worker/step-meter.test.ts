import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Context } from '@temporalio/activity';
import { NO_METER, type Meter } from '../../src/metrics';
import { meterSteps } from '../../src/worker/step-meter';

type Ended = readonly [step: string, account: string, result: string, code: string | null];

async function ended(activityType: string, input: unknown, work: () => Promise<unknown>): Promise<readonly Ended[]> {
  const seen: Ended[] = [];
  const meter: Meter = {
    ...NO_METER,
    stepEnded: (step, account, result, code) => void seen.push([step, account, result, code]),
  };
  const { inbound } = meterSteps(meter, new Set(['acme']))({ info: { activityType } } as Context);
  await inbound?.execute?.({ args: [input], headers: {} }, work).catch(() => undefined);
  return seen;
}

const failing = (nonRetryable: boolean) => () =>
  Promise.reject(ApplicationFailure.create({ type: 'DISK_FULL', message: 'full', nonRetryable }));

test('Each attempt is counted with the name of its step and the way it ended.', async () => {
  const input = { account: 'acme' };
  const ok = await ended('requestUploadUrl', input, () => Promise.resolve(1));
  expect(ok).toEqual([['request-upload-url', 'acme', 'ok', null]]);
  const page = await ended('deliverPage', { page: input }, () => Promise.resolve(1));
  expect(page).toEqual([['deliver-page', 'acme', 'ok', null]]);
  expect(await ended('fetch', input, failing(true))).toEqual([['fetch', 'acme', 'failed', 'DISK_FULL']]);
  expect(await ended('fetch', input, failing(false))).toEqual([['fetch', 'acme', 'retried', 'DISK_FULL']]);
  const cancelled = () => Promise.reject(new CancelledFailure('stop'));
  expect(await ended('fetch', input, cancelled)).toEqual([['fetch', 'acme', 'cancelled', null]]);
});

test('A sender cannot add labels: an account that is not configured is counted without its name.', async () => {
  for (const input of [{ account: 'x'.repeat(9999) }, { account: 7 }, null, 'text']) {
    expect(await ended('open', input, () => Promise.resolve(1))).toEqual([['open', '', 'ok', null]]);
  }
});
