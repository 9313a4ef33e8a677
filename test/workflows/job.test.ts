import type { JobResult } from '../../src/contract';
import { waitFor } from '../support/wait-for';
import { refusedWith } from './commanding';
import { deliveredOf, endOf, FakeJob, jobInState, jobOf, orderJob, rowOf, startJob, viewOf } from './job-stand-ins';
import { everythingWorks, HOST, openStage, refusal, untilCancelled, type Stage } from './stand-ins';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
}, 120_000);

afterAll(() => stage.close());

const error = { code: 'TOO_LARGE', message: 'too large', remedy: 'make it smaller' } as const;

test('Every line of a job is published once and recorded once, in no more lanes than it has.', async () => {
  const fake = new FakeJob({ lines: 41 });
  await stage.play(fake.activities, async (client) => {
    const handle = await startJob(client, jobOf({ lines: 41, bytesTotal: 4100 }));
    const view = await endOf(handle);
    expect(view).toMatchObject({ state: 'done', lines: 41, bytesDone: 4100, error: null, slowest: null });
    expect(view.counts).toEqual({ done: 41, failed: 0, parked: 0, skipped: 0, running: 0, waiting: 0 });
    expect(fake.published.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 41 }, (_, index) => index + 1));
    expect([...fake.journal.values()].every((rows) => rows.length === 1)).toBe(true);
    expect(fake.mostAtOnce).toBeLessThanOrEqual(4);
    expect(fake.publishCalls.every(({ lookFirst }) => !lookFirst)).toBe(true);
    const described = await handle.describe();
    expect(described.searchAttributes['FerryState']).toEqual(['done']);
    expect(described.memo).toMatchObject({ name: 'january', job: { state: 'done' } });
  });
});

test('A retry that comes while a job tells its end begins another pass; other commands are refused.', async () => {
  const fake = new FakeJob({ lines: 4 });
  const deliverPage: typeof fake.deliverPage = ({ page }) =>
    page.pass > 1
      ? fake.deliverPage({ page })
      : Promise.resolve({
          opened: null,
          delivered: [],
          settled: page.lines.map((line) => rowOf(line, 'failed', error)),
        });
  let release = (): void => undefined;
  const told = new Promise<void>((resolve) => (release = resolve));
  await stage.play({ ...fake.activities, deliverPage, tell: () => told }, async (client) => {
    const handle = await startJob(client, jobOf({ lines: 4, notices: true }));
    await jobInState(handle, 'done');
    expect(await refusedWith(orderJob(handle, 'pause'))).toMatchObject({ message: 'The job has just ended.' });
    await orderJob(handle, 'retry');
    release();
    expect(await endOf(handle)).toMatchObject({ state: 'done', pass: 2, counts: { done: 4, failed: 0 } });
  });
});

test('A page is published as soon as it is delivered.', async () => {
  const fake = new FakeJob({ lines: 8 });
  await stage.play(fake.activities, async (client) => {
    const handle = await startJob(client, jobOf({ lines: 8 }));
    await endOf(handle);
    const { events } = await handle.fetchHistory();
    const pauses = (events ?? []).flatMap(
      ({ timerStartedEventAttributes: timer }) => timer?.startToFireTimeout?.seconds?.toString() ?? [],
    );
    // A page that found nothing to do would pause for a second before its next step.
    expect(pauses).not.toContain('1');
  });
});

test('Lines that fail or are parked hold nothing up, and the job says why.', async () => {
  const fake = new FakeJob({ lines: 6 });
  const deliverPage: typeof fake.deliverPage = ({ page }) => {
    const [first, ...others] = page.lines;
    const settled = first === undefined ? [] : [rowOf(first, 'failed', error)];
    return fake.deliverPage({ page: { ...page, lines: others } }).then((done) => ({ ...done, settled }));
  };
  await stage.play({ ...fake.activities, deliverPage }, async (client) => {
    const view = await endOf(await startJob(client, jobOf({ lines: 6 })));
    expect(view).toMatchObject({ state: 'done', counts: { done: 3, failed: 3 } });
    expect(view.reasons).toEqual([{ state: 'failed', code: 'TOO_LARGE', lines: 3 }]);
  });
});

test('An error that concerns a whole page settles its lines as the table says, and others go on.', async () => {
  const fake = new FakeJob({ lines: 8 });
  const deliverPage: typeof fake.deliverPage = (input) => {
    if (input.page.page === 0) return refusal('CREDENTIALS_REFUSED');
    if (input.page.page === 1) return refusal('CONVERSATION_UNKNOWN');
    return fake.deliverPage(input);
  };
  await stage.play({ ...fake.activities, deliverPage }, async (client) => {
    const view = await endOf(await startJob(client, jobOf({ lines: 8 })));
    expect(view).toMatchObject({ state: 'done', counts: { done: 4, failed: 2, parked: 2 } });
    expect(fake.states()).toMatchObject({ 1: 'parked', 2: 'parked', 3: 'failed', 4: 'failed', 5: 'done' });
  });
});

test('What a publish leaves is scheduled again, looks first, and goes where the publish says.', async () => {
  const fake = new FakeJob({ lines: 4, perPage: 4 });
  const publishPage: typeof fake.publishPage = async (input) => {
    const whole = await fake.publishPage(input);
    if (input.lookFirst) return whole;
    const other = { ...input.opened, conversationId: 'c2' };
    return { settled: whole.settled.slice(0, 1), left: [2, 3, 4], opened: other };
  };
  await stage.play({ ...fake.activities, publishPage }, async (client) => {
    const view = await endOf(await startJob(client, jobOf({ lines: 4 })));
    expect(view.counts.done).toBe(4);
    const [first, second] = fake.publishCalls;
    expect([first!.lookFirst, second!.lookFirst]).toEqual([false, true]);
    expect(second!.lines.map(({ line }) => line.line)).toEqual([2, 3, 4]);
    expect(second!.opened.conversationId).toBe('c2');
  });
});

test('What an identity uploaded that was replaced is delivered again.', async () => {
  const fake = new FakeJob({ lines: 3, perPage: 3 });
  const publishPage: typeof fake.publishPage = async (input) => {
    if (fake.deliveries > 1) return fake.publishPage(input);
    return { settled: [], left: [1, 2, 3], opened: { ...input.opened, conversationId: 'c2', consumerId: 'other' } };
  };
  const deliverPage: typeof fake.deliverPage = async (input) => {
    const done = await fake.deliverPage(input);
    return fake.deliveries > 1 ? { ...done, opened: { ...done.opened!, consumerId: 'other' } } : done;
  };
  await stage.play({ ...fake.activities, deliverPage, publishPage }, async (client) => {
    const view = await endOf(await startJob(client, jobOf({ lines: 3 })));
    expect(view.counts.done).toBe(3);
    expect(fake.deliveries).toBe(2);
  });
});

test('An ordered job publishes in the order of its manifest, whatever is delivered first.', async () => {
  const fake = new FakeJob({ lines: 16 });
  const deliverPage: typeof fake.deliverPage = async (input) => {
    // The earlier a page, the longer it takes.
    await new Promise((resolve) => {
      setTimeout(resolve, (4 - (input.page.page % 4)) * 40);
    });
    return input.page.page === 2 ? refusal('STORAGE_REFUSED') : fake.deliverPage(input);
  };
  await stage.play({ ...fake.activities, deliverPage }, async (client) => {
    await endOf(await startJob(client, jobOf({ lines: 16, ordered: true })));
    expect(fake.published).toEqual([1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
  });
});

test('Files are fetched back after they are published; what cannot be fetched stays done and says why.', async () => {
  const fake = new FakeJob({ lines: 4 });
  const deliverPage: typeof fake.deliverPage = (input) =>
    fake.deliverPage(input).then((done) => ({
      ...done,
      delivered: done.delivered.map(({ line }) => deliveredOf({ ...line, fetchTo: '/back' })),
    }));
  const fetchPage: (typeof everythingWorks)['fetchPage'] = ({ lines }) =>
    lines.some(({ line }) => line.line === 1)
      ? refusal('TARGET_EXISTS')
      : Promise.resolve({ settled: lines.map(({ result }) => ({ ...result, fetchedTo: '/back/x' })) });
  await stage.play({ ...fake.activities, deliverPage, fetchPage }, async (client) => {
    const view = await endOf(await startJob(client, jobOf({ lines: 4 })));
    expect(view.counts.done).toBe(4);
    expect(fake.journal.get(1)![0]!.result).toMatchObject({ state: 'done', error: { code: 'TARGET_EXISTS' } });
    expect(fake.journal.get(3)![0]!.result).toMatchObject({ state: 'done', fetchedTo: '/back/x', error: null });
  });
});

test('With several hosts each carries pages, and a host without a worker is passed over.', async () => {
  const fake = new FakeJob({ lines: 40 });
  const there = new Set<string>();
  const on = (host: string) => ({
    deliverPage: (input: Parameters<typeof fake.deliverPage>[0]) => {
      there.add(host);
      return fake.deliverPage(input);
    },
  });
  await stage.play({ ...fake.activities, ...on(HOST) }, async (client) => {
    await stage.playHost('second', { ...fake.activities, ...on('second') }, async () => {
      const view = await endOf(await startJob(client, jobOf({ lines: 40, hosts: [HOST, 'second'] })));
      expect(view.counts.done).toBe(40);
      expect([...there].toSorted()).toEqual(['second', HOST]);
    });
  });
});

test('A large file is a transfer of its own; it holds no lane and tells the job how it ended.', async () => {
  const sizeOf = (line: number) => (line === 2 || line === 5 ? 9_000_000 : 100);
  const fake = new FakeJob({ lines: 6, sizeOf });
  const upload: (typeof everythingWorks)['upload'] = (input) =>
    input.transferId.endsWith('-5') ? refusal('STORAGE_REFUSED') : everythingWorks.upload(input);
  await stage.play({ ...fake.activities, upload }, async (client) => {
    const start = jobOf({ lines: 6, lanes: 1 });
    const view = await endOf(await startJob(client, start));
    expect(view.counts).toMatchObject({ done: 5, failed: 1 });
    expect(fake.journal.get(2)![0]!.result).toMatchObject({
      state: 'done',
      sequence: 7,
      transferId: `${start.jobId}-2`,
    });
    expect(fake.journal.get(5)![0]!.result).toMatchObject({ state: 'failed', error: { code: 'STORAGE_REFUSED' } });
    const child = await client.workflow.getHandle(`${start.jobId}-2`).describe();
    expect(child).toMatchObject({ status: { name: 'COMPLETED' }, memo: { source: '/data/2.jpg' } });
    expect(child.searchAttributes).toMatchObject({ FerryAccount: ['acme'], FerryBatch: [start.jobId] });
  });
});

test('A large file that parks is recorded as parked; the next pass tries the same transfer again.', async () => {
  const fake = new FakeJob({ lines: 1, sizeOf: () => 9_000_000 });
  let isMended = false;
  const upload: (typeof everythingWorks)['upload'] = (input) =>
    isMended ? everythingWorks.upload(input) : refusal('CREDENTIALS_REFUSED');
  await stage.play({ ...fake.activities, upload }, async (client) => {
    const start = jobOf({ lines: 1 });
    const first = (await (await startJob(client, start)).result()) as JobResult;
    expect(first.view).toMatchObject({ state: 'done', counts: { parked: 1 } });
    isMended = true;
    const again = await startJob(client, { ...first.input, begin: { pass: 2, retry: { code: null } } });
    expect(await endOf(again)).toMatchObject({ pass: 2, counts: { done: 1, parked: 0 } });
  });
});

test('A retry runs only the lines of its reason again, as another pass.', async () => {
  const fake = new FakeJob({ lines: 8 });
  let isMended = false;
  const deliverPage: typeof fake.deliverPage = (input) => {
    if (isMended || input.page.page > 1) return fake.deliverPage(input);
    return refusal(input.page.page === 0 ? 'CREDENTIALS_REFUSED' : 'DISK_FULL');
  };
  await stage.play({ ...fake.activities, deliverPage }, async (client) => {
    const start = jobOf({ lines: 8 });
    const first = (await (await startJob(client, start)).result()) as JobResult;
    expect(first.view.counts).toMatchObject({ done: 4, parked: 4 });
    isMended = true;
    const begin = { pass: first.view.pass + 1, retry: { code: 'DISK_FULL' } } as const;
    const view = await endOf(await startJob(client, { ...first.input, begin }));
    expect(view).toMatchObject({ pass: 2, counts: { done: 6, parked: 2 } });
    expect(fake.states()).toMatchObject({ 1: 'parked', 2: 'parked', 3: 'done', 4: 'done' });
  });
});

test('A retry that comes while the job runs begins when the pass is through.', async () => {
  const fake = new FakeJob({ lines: 8 });
  let isMended = false;
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const deliverPage: typeof fake.deliverPage = async (input) => {
    if (!isMended && input.page.page === 0) return refusal('CREDENTIALS_REFUSED');
    if (input.page.pass === 1) await held;
    return fake.deliverPage(input);
  };
  await stage.play({ ...fake.activities, deliverPage }, async (client) => {
    const handle = await startJob(client, jobOf({ lines: 8 }));
    await waitFor(async () => ((await viewOf(handle)).counts.parked === 2 ? true : undefined));
    isMended = true;
    await orderJob(handle, 'retry', { code: 'CREDENTIALS_REFUSED' });
    release();
    expect(await endOf(handle)).toMatchObject({ pass: 2, counts: { done: 8, parked: 0 } });
  });
});

test('A clerk that can do nothing parks the job; a retry goes on where it stood.', async () => {
  const fake = new FakeJob({ lines: 12 });
  let isFull = true;
  const clerk: typeof fake.clerk = (input) =>
    isFull && input.finished.length > 0 ? refusal('DISK_FULL') : fake.clerk(input);
  await stage.play({ ...fake.activities, clerk }, async (client) => {
    const handle = await startJob(client, jobOf({ lines: 12 }));
    expect(await jobInState(handle, 'parked')).toMatchObject({ error: { code: 'DISK_FULL' } });
    isFull = false;
    await orderJob(handle, 'retry');
    expect(await endOf(handle)).toMatchObject({ state: 'done', pass: 1, counts: { done: 12 } });
    expect(fake.published).toHaveLength(12);
  });
});

test('A line whose publish the deadline breaks off says so, with the place of its message.', async () => {
  const fake = new FakeJob({ lines: 2 });
  const publishPage: typeof fake.publishPage = () => untilCancelled(() => undefined);
  await stage.play({ ...fake.activities, publishPage }, async (client) => {
    await endOf(await startJob(client, jobOf({ lines: 2, deadlineMs: 2000 })));
    const { error: why, perhapsSent = [], md5, relativePath } = fake.journal.get(1)![0]!.result;
    expect(why).toMatchObject({ code: 'DEADLINE_PASSED' });
    expect(why!.message).toContain('whether it arrived is not known');
    expect(perhapsSent).toMatchObject([{ conversationId: 'c1', dialogId: 'c1', lastSequence: 0, relativePath, md5 }]);
    expect(perhapsSent[0]!.settledAt).toBeGreaterThan(Date.now() + 30_000);
  });
});

test('When the deadline passes, the lines that are not settled park, and a later pass sends them.', async () => {
  const fake = new FakeJob({ lines: 60 });
  let isSlow = true;
  const deliverPage: typeof fake.deliverPage = async (input) => {
    if (isSlow && input.page.page > 2) return untilCancelled(() => undefined);
    return fake.deliverPage(input);
  };
  await stage.play({ ...fake.activities, deliverPage }, async (client) => {
    const handle = await startJob(client, jobOf({ lines: 60, deadlineMs: 3000 }));
    const first = (await handle.result()) as JobResult;
    expect(first.view.counts).toMatchObject({ done: 6, parked: 54, waiting: 0 });
    expect(first.view.reasons).toEqual([{ state: 'parked', code: 'DEADLINE_PASSED', lines: 54 }]);
    isSlow = false;
    const again = await startJob(client, {
      ...first.input,
      deadlineMs: 600_000,
      begin: { pass: 2, retry: { code: null } },
    });
    expect((await endOf(again)).counts).toMatchObject({ done: 60, parked: 0 });
  });
});
