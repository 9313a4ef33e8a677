import { jobNotices } from '../../src/workflows/job-notices';

test('At its end a job tells that it has ended, and how many of its lines failed or are parked for which reason.', () => {
  const view = {
    jobId: 'acme-jan-1',
    account: 'acme',
    counts: { done: 80, failed: 1, parked: 19, skipped: 0, running: 0, waiting: 0 },
    reasons: [
      { state: 'parked', code: 'DISK_FULL', lines: 15 },
      { state: 'parked', code: 'CREDENTIALS_REFUSED', lines: 4 },
      { state: 'failed', code: 'TOO_LARGE', lines: 1 },
      { state: 'skipped', code: 'CONVERSATION_CLOSED', lines: 2 },
    ],
  } as unknown as Parameters<typeof jobNotices>[0];
  const told = jobNotices(view).map(({ reason, count, code, text }) => [reason, count, code, text]);
  expect(told).toEqual([
    ['jobFinished', 1, null, 'Files: 80 done, 1 failed, 19 parked.'],
    ['parked', 15, 'DISK_FULL', null],
    ['credentialsRefused', 4, 'CREDENTIALS_REFUSED', null],
    ['failed', 1, 'TOO_LARGE', null],
  ]);
});
