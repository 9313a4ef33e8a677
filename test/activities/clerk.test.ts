import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHostActivities } from '../../src/activities';
import type { ClerkInput, JobLine, JobPage, LineResult } from '../../src/contract';
import { FerryError } from '../../src/errors';
import { openJournals } from '../../src/jobs';
import type { Cut, CutPages } from '../../src/jobs/types';
import { NO_METER } from '../../src/metrics';
import { resultOf, scratchDirectory } from '../jobs/support';
import { failureOf, fakeDeps, runAttempt } from './support';

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;

beforeEach(async () => {
  scratch = await scratchDirectory();
  await mkdir(join(scratch.path, 'acme-jan-1'));
});

afterEach(() => scratch.remove());

const asked: ClerkInput = {
  jobId: 'acme-jan-1',
  pass: 1,
  retry: null,
  finished: [],
  from: { offset: 0, page: 0 },
  wanted: 2,
};

function clerkWith(cutPages: (cut: Cut) => Promise<CutPages>) {
  const jobs = { directory: scratch.path, journals: openJournals(), cutPages };
  return (input: ClerkInput, attempt = 1) =>
    runAttempt(createHostActivities(fakeDeps({ jobs })).clerk, input, { attempt });
}

const noMore: CutPages = { pages: [], next: null, bad: [] };

test('It records finished pages and bad lines, and hands out pages without the lines that are settled.', async () => {
  const seen: Cut[] = [];
  const clerk = clerkWith((cut) => {
    seen.push(cut);
    return Promise.resolve({ ...noMore, bad: [{ pass: 1, page: 1, results: [resultOf(4, 'failed')] }] });
  });
  const finished = [{ pass: 1, page: 0, results: [resultOf(2), resultOf(3)] }];
  const answer = await clerk({ ...asked, finished });
  expect(answer).toMatchObject({ pages: [], next: null, settled: { done: 2, failed: 1 }, bytesDone: 200 });
  expect(seen[0]).toMatchObject({ directory: join(scratch.path, 'acme-jan-1'), pass: 1, wanted: 2 });
  expect([2, 4, 5].map((line) => seen[0]!.isWanted(line))).toEqual([false, false, true]);
  expect(await clerk({ ...asked, finished }, 2)).toEqual(answer);
  const journal = await readFile(join(scratch.path, 'acme-jan-1', 'journal.jsonl'), 'utf8');
  expect(journal.trimEnd().split('\n')).toHaveLength(3);
});

test('A later pass tells what earlier passes left open of a line, until the line is sent.', async () => {
  const open = { conversationId: 'c1', dialogId: 'd1', lastSequence: 3, relativePath: '/v1/x', md5: 'm', settledAt: 9 };
  const line = (number: number) => ({ line: number }) as JobLine;
  const clerk = clerkWith(({ pass }) =>
    Promise.resolve({
      ...noMore,
      pages: [{ jobId: 'acme-jan-1', pass, lines: [line(2), line(3)] } as unknown as JobPage],
    }),
  );
  const openOf = async (pass: number, results: readonly LineResult[]) => {
    const { pages } = await clerk({ ...asked, pass: pass + 1, finished: [{ pass, page: 0, results }] });
    return pages[0]?.lines.map(({ perhapsSent }) => perhapsSent);
  };
  const parked = resultOf(2, 'parked', 'DEADLINE_PASSED');
  expect(await openOf(1, [{ ...parked, perhapsSent: [open] }, resultOf(3, 'failed')])).toEqual([[open], undefined]);
  expect(await openOf(2, [resultOf(2, 'failed')])).toEqual([[open], undefined]);
  expect(await openOf(3, [resultOf(2)])).toEqual([undefined, undefined]);
});

test('Each line that is settled counts once under its account, and a retried line counts again.', async () => {
  const counted: string[] = [];
  const meter = { ...NO_METER, lineSettled: (account: string, state: string) => counted.push(`${account} ${state}`) };
  const account = (name: string) => {
    if (name !== 'acme') throw new FerryError('ACCOUNT_UNKNOWN', `There is no account ${name}.`);
    return fakeDeps({}).account(name);
  };
  const jobs = {
    stateDir: '',
    directory: scratch.path,
    journals: openJournals(),
    cutPages: () => Promise.resolve(noMore),
  };
  const { clerk } = createHostActivities({ ...fakeDeps({ jobs }), meter, account });
  const finished = [
    { account: 'acme', pass: 1, page: 0, results: [resultOf(2), resultOf(3, 'parked', 'DISK_FULL')] },
    { account: 'another', pass: 1, page: 1, results: [resultOf(4)] },
  ];
  await runAttempt(clerk, { ...asked, finished });
  await runAttempt(clerk, { ...asked, finished }, { attempt: 2 });
  expect(counted).toEqual(['acme done', 'acme parked', ' done']);
  await runAttempt(clerk, {
    ...asked,
    pass: 2,
    finished: [{ account: 'acme', pass: 2, page: 0, results: [resultOf(3)] }],
  });
  expect(counted.slice(3)).toEqual(['acme done']);
});

test('When no pages are wanted it reads no manifest.', async () => {
  const clerk = clerkWith(() => Promise.reject(new Error('not to be called')));
  const from = { offset: 9, page: 3 };
  expect(await clerk({ ...asked, from, wanted: 0 })).toMatchObject({ pages: [], next: from });
  expect(await clerk({ ...asked, from: null })).toMatchObject({ pages: [], next: null });
});

test('An id that would leave the directory of jobs is refused, and so is a result that no worker gave.', async () => {
  const clerk = clerkWith(() => Promise.resolve(noMore));
  for (const jobId of ['../x', '.', '..', 'a/b', '']) {
    expect(await failureOf(clerk({ ...asked, jobId }))).toMatchObject({ type: 'INPUT_REFUSED', nonRetryable: true });
  }
  const strange = { ...resultOf(2), state: 'lost' as 'done' };
  const finished = [{ pass: 1, page: 0, results: [strange] }];
  expect(await failureOf(clerk({ ...asked, finished }))).toMatchObject({ type: 'INPUT_REFUSED' });
});

test('A job whose files are not on this host parks instead of retrying forever.', async () => {
  const clerk = clerkWith(() => Promise.resolve(noMore));
  const failure = await failureOf(clerk({ ...asked, jobId: 'acme-other' }));
  expect(failure).toMatchObject({ type: 'JOB_FILES_UNUSABLE', nonRetryable: true });
});

test('A new home host that has not the whole journal says which lines it does not know.', async () => {
  const clerk = clerkWith(() => Promise.resolve(noMore));
  const rows = [2, 3, 4, 5, 6].map((line) => JSON.stringify({ line, source: `/data/${line}.jpg` }));
  const header = JSON.stringify({ type: 'job-manifest', v: 1, jobId: 'acme-jan-1' });
  await writeFile(join(scratch.path, 'acme-jan-1', 'manifest.jsonl'), `${[header, ...rows].join('\n')}\n`);
  await clerk({ ...asked, finished: [{ pass: 1, page: 0, results: [resultOf(4)] }] });
  const offset = Buffer.byteLength(`${[header, ...rows.slice(0, 4)].join('\n')}\n`);
  const moved = { ...asked, from: { offset, page: 4 }, settledBefore: 4 };
  expect(await failureOf(clerk(moved))).toMatchObject({
    type: 'JOB_FILES_UNUSABLE',
    nonRetryable: true,
    message: expect.stringContaining('3 lines or more: 2-3, 5.') as string,
  });
  expect(await clerk({ ...moved, settledBefore: 1 })).toMatchObject({ settled: { done: 1 } });
});
