import type { TransferStatus } from '../../src/client';
import { changesBetween } from '../../src/client/watch';

const error = { code: 'STORAGE_UNAVAILABLE', message: 'Storage is away.', remedy: 'Nothing to do.' } as const;
const status: TransferStatus = {
  kind: 'send',
  transferId: 'acme-plan-0000000000',
  state: 'running',
  step: 'upload',
  account: 'acme',
  source: '/data/plan.jpg',
  sizeBytes: 100,
  bytesDone: 10,
  attempt: 1,
  urlRenewals: 0,
  startedAt: '2026-01-01T00:00:00.000Z',
  nextTryAt: null,
  error: null,
  receipt: null,
  stale: false,
};

test('There is no event without a change.', () => {
  expect(changesBetween(status, { ...status })).toEqual([]);
});

test('A failed attempt is one retry, and neither its pause nor its start is another.', () => {
  const pausing: TransferStatus = {
    ...status,
    state: 'waiting',
    attempt: 2,
    nextTryAt: '2026-01-01T00:00:05.000Z',
    error,
  };
  const again: TransferStatus = { ...status, attempt: 2 };
  expect(changesBetween(status, pausing)).toEqual(['retry', 'state']);
  expect(changesBetween(pausing, { ...pausing })).toEqual([]);
  expect(changesBetween(pausing, again)).toEqual(['state']);
});

test('A pause of the workflow itself is a retry once for each time it is for.', () => {
  const first: TransferStatus = { ...status, state: 'waiting', nextTryAt: '2026-01-01T00:01:00.000Z', error };
  const second: TransferStatus = { ...first, nextTryAt: '2026-01-01T00:05:00.000Z' };
  expect(changesBetween(status, first)).toEqual(['retry', 'state']);
  expect(changesBetween(first, second)).toEqual(['retry']);
});

test('A renewal is never a retry.', () => {
  expect(changesBetween(status, { ...status, urlRenewals: 1, bytesDone: 0 })).toEqual(['renewal', 'progress']);
});

test('The first look at a transfer that has ended gives its end alone.', () => {
  expect(changesBetween(null, { ...status, state: 'done' })).toEqual(['end']);
});
