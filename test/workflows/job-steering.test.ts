import type { PublishPageInput } from '../../src/contract';
import { waitFor } from '../support/wait-for';
import { endOf, FakeJob, jobInState, jobOf, orderJob, startJob, viewOf } from './job-stand-ins';
import { refusedWith } from './commanding';
import { everythingWorks, openStage, refusal, untilCancelled, type Stage } from './stand-ins';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage([require.resolve('./small-histories')]);
}, 120_000);

afterAll(() => stage.close());

/** An activity that holds on until it is cancelled, as long as it is told to hold. */
function holding<Input, Answer>(
  work: (input: Input) => Promise<Answer>,
  which: (input: Input) => boolean = () => true,
) {
  const seen = { holds: true, begun: 0, letGo: [] as number[] };
  const run = async (input: Input): Promise<Answer> => {
    if (!seen.holds || !which(input)) return work(input);
    try {
      return await untilCancelled(() => (seen.begun += 1));
    } finally {
      seen.letGo.push(performance.now());
    }
  };
  return { run, seen };
}

/** Publishes that hold on like {@link holding}, and their inputs. */
function holdingPublishes(fake: FakeJob) {
  const { run, seen } = holding(fake.publishPage);
  const inputs: PublishPageInput[] = [];
  const publishPage: typeof fake.publishPage = (input) => {
    inputs.push(input);
    return run(input);
  };
  return { publishPage, seen, inputs };
}

test('A pause breaks off deliveries within two seconds, and a resume goes on with no line twice.', async () => {
  const fake = new FakeJob({ lines: 12 });
  const { run: deliverPage, seen } = holding(fake.deliverPage, ({ page }) => page.page > 1);
  await stage.play({ ...fake.activities, deliverPage }, async (client) => {
    const handle = await startJob(client, jobOf({ lines: 12 }));
    await waitFor(() => (seen.begun === 4 ? true : undefined));
    const at = performance.now();
    await orderJob(handle, 'pause');
    await waitFor(() => (seen.letGo.length === 4 ? true : undefined));
    expect(Math.max(...seen.letGo) - at).toBeLessThan(2000);
    expect(await viewOf(handle)).toMatchObject({ state: 'paused', filesPerSecond: 0 });
    expect((await handle.describe()).searchAttributes['FerryState']).toEqual(['paused']);
    seen.holds = false;
    await orderJob(handle, 'resume');
    expect((await endOf(handle)).counts.done).toBe(12);
    expect(fake.published).toHaveLength(12);
  });
});

test('A publish that a pause broke off looks first afterwards, and not before its frames have settled.', async () => {
  const fake = new FakeJob({ lines: 2 });
  const { publishPage, seen, inputs } = holdingPublishes(fake);
  await stage.play({ ...fake.activities, publishPage }, async (client) => {
    const handle = await startJob(client, jobOf({ lines: 2 }));
    await waitFor(() => (seen.begun === 1 ? true : undefined));
    await orderJob(handle, 'pause');
    await jobInState(handle, 'paused');
    seen.holds = false;
    await orderJob(handle, 'resume');
    await endOf(handle);
    const [first, second] = inputs;
    expect(first).toMatchObject({ lookFirst: false, settledAt: null });
    // The activity asks its ledger, which knows whether frames have left since the delivery.
    expect(second).toMatchObject({ lookFirst: true, isSettledAtGuessed: true, deliveredAt: first!.deliveredAt });
    expect(second!.settledAt).toBeGreaterThan(Date.now() + 30_000);
  });
});

test('A publish that waits for its frames to settle does not wait anew when it is broken off again.', async () => {
  const fake = new FakeJob({ lines: 2 });
  const { publishPage, seen, inputs } = holdingPublishes(fake);
  await stage.play({ ...fake.activities, publishPage }, async (client) => {
    const handle = await startJob(client, jobOf({ lines: 2 }));
    for (const begun of [1, 2, 3]) {
      await waitFor(() => (seen.begun === begun ? true : undefined));
      await orderJob(handle, 'pause');
      await jobInState(handle, 'paused');
      if (begun === 3) seen.holds = false;
      await orderJob(handle, 'resume');
    }
    await endOf(handle);
    const [, guessed, ...later] = inputs;
    expect(later).toHaveLength(2);
    for (const { lookFirst, settledAt, isSettledAtGuessed } of later)
      expect({ lookFirst, settledAt, isSettledAtGuessed }).toEqual({
        lookFirst: true,
        settledAt: guessed!.settledAt,
        isSettledAtGuessed: true,
      });
  });
});

test('A job that was paused while it fetched back publishes nothing again.', async () => {
  const fake = new FakeJob({ lines: 2 });
  const fetchAll: (typeof everythingWorks)['fetchPage'] = ({ lines }) =>
    Promise.resolve({ settled: lines.map(({ result }) => ({ ...result, fetchedTo: '/back/x' })) });
  const { run: fetchPage, seen } = holding(fetchAll);
  const deliverPage: typeof fake.deliverPage = (input) =>
    fake.deliverPage({
      page: { ...input.page, lines: input.page.lines.map((line) => ({ ...line, fetchTo: '/back' })) },
    });
  await stage.play({ ...fake.activities, deliverPage, fetchPage }, async (client) => {
    const handle = await startJob(client, jobOf({ lines: 2 }));
    await waitFor(() => (seen.begun === 1 ? true : undefined));
    expect(await viewOf(handle)).toMatchObject({ slowest: { step: 'fetch', source: '/data/1.jpg', lines: 2 } });
    await orderJob(handle, 'pause');
    await jobInState(handle, 'paused');
    seen.holds = false;
    await orderJob(handle, 'resume');
    expect((await endOf(handle)).counts.done).toBe(2);
    expect(fake.publishCalls).toHaveLength(1);
  });
});

test('Lanes change while the job runs.', async () => {
  const fake = new FakeJob({ lines: 40 });
  const { run: deliverPage, seen } = holding(fake.deliverPage);
  await stage.play({ ...fake.activities, deliverPage }, async (client) => {
    const handle = await startJob(client, jobOf({ lines: 40, lanes: 1 }));
    await waitFor(() => (seen.begun === 1 ? true : undefined));
    await orderJob(handle, 'set', { lanes: 5 });
    await waitFor(() => (seen.begun === 5 ? true : undefined));
    expect(await viewOf(handle)).toMatchObject({ lanes: 5, counts: { running: 10, waiting: 30 } });
    await handle.cancel();
    await handle.result();
  });
});

test('A cancelled job lets a publish finish, settles what was begun, and leaves the rest alone.', async () => {
  const fake = new FakeJob({ lines: 12 });
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let publishing = 0;
  const publishPage: typeof fake.publishPage = async (input) => {
    publishing += 1;
    await held;
    return fake.publishPage(input);
  };
  const { run: deliverPage, seen } = holding(fake.deliverPage, ({ page }) => page.page > 0);
  await stage.play({ ...fake.activities, deliverPage, publishPage }, async (client) => {
    const handle = await startJob(client, jobOf({ lines: 12, lanes: 2 }));
    await waitFor(() => (seen.begun === 1 && publishing === 1 ? true : undefined));
    await handle.cancel();
    await waitFor(() => (seen.letGo.length >= 1 ? true : undefined));
    expect(await viewOf(handle)).toMatchObject({ cancelling: true });
    release();
    const view = await endOf(handle);
    expect(view.cancelling).toBeUndefined();
    expect(view).toMatchObject({ state: 'cancelled', counts: { done: 2, running: 0 } });
    expect(fake.states()).toEqual({ 1: 'done', 2: 'done', 3: 'cancelled', 4: 'cancelled' });
    expect(fake.journal.get(3)![0]!.result.error).toMatchObject({ code: 'CANCELLED' });
  });
});

test('A cancelled job that is begun again runs what was not sent.', async () => {
  const fake = new FakeJob({ lines: 8 });
  const { run: deliverPage, seen } = holding(fake.deliverPage, ({ page }) => page.pass > 1 || page.page > 1);
  await stage.play({ ...fake.activities, deliverPage }, async (client) => {
    const start = jobOf({ lines: 8 });
    const handle = await startJob(client, start);
    await waitFor(() => (seen.begun === 2 && fake.published.length === 4 ? true : undefined));
    await handle.cancel();
    expect((await endOf(handle)).state).toBe('cancelled');
    const settled = { done: 4, failed: 0, parked: 0, skipped: 0, cancelled: 0 };
    const tally = { settled, bytesDone: 400, reasons: [] };
    const again = await startJob(client, { ...start, lanes: 1, begin: { pass: 2, retry: null, tally } });
    // Before the clerk answers, too.
    expect((await viewOf(again)).counts.done).toBe(4);
    await waitFor(() => (seen.begun === 3 ? true : undefined));
    // The lines that were cancelled wait for their turn again.
    expect((await viewOf(again)).counts).toMatchObject({ done: 4, running: 2, waiting: 2 });
    await orderJob(again, 'pause');
    seen.holds = false;
    await orderJob(again, 'resume');
    expect(await endOf(again)).toMatchObject({ state: 'done', counts: { done: 8 } });
    expect(fake.published).toHaveLength(8);
  });
});

test('Pausing a job pauses its large files, and cancelling it cancels them.', async () => {
  const fake = new FakeJob({ lines: 1, sizeOf: () => 9_000_000 });
  const { run: upload, seen } = holding(everythingWorks.upload);
  await stage.play({ ...fake.activities, upload }, async (client) => {
    const start = jobOf({ lines: 1 });
    const handle = await startJob(client, start);
    await waitFor(() => (seen.begun === 1 ? true : undefined));
    await orderJob(handle, 'pause');
    await waitFor(() => (seen.letGo.length === 1 ? true : undefined));
    await orderJob(handle, 'resume');
    await waitFor(() => (seen.begun === 2 ? true : undefined));
    await handle.cancel();
    expect(await endOf(handle)).toMatchObject({ state: 'cancelled' });
    expect(fake.states()).toEqual({ 1: 'cancelled' });
  });
});

test('A job moves to another host, which goes on with its pages and its book.', async () => {
  const fake = new FakeJob({ lines: 8 });
  const other = new FakeJob({ lines: 8 });
  const { run: deliverPage, seen } = holding(fake.deliverPage);
  await stage.play({ ...fake.activities, deliverPage }, async (client) => {
    const handle = await startJob(client, jobOf({ lines: 8 }));
    await waitFor(() => (seen.begun === 4 ? true : undefined));
    await orderJob(handle, 'move', { host: 'second' });
    await stage.playHost('second', other.activities, async () => {
      expect(await endOf(handle)).toMatchObject({ host: 'second', counts: { done: 8 } });
    });
    expect(other.published).toHaveLength(8);
    const asked = other.clerkCalls.map(({ settledBefore }) => settledBefore);
    expect(asked).toEqual([0, ...asked.slice(1).map(() => undefined)]);
  });
});

test('A command that means nothing is refused, and says why.', async () => {
  const fake = new FakeJob({ lines: 2 });
  const { run: deliverPage, seen } = holding(fake.deliverPage);
  await stage.play({ ...fake.activities, deliverPage }, async (client) => {
    const handle = await startJob(client, jobOf({ lines: 2 }));
    await waitFor(() => (seen.begun === 1 ? true : undefined));
    expect(await refusedWith(orderJob(handle, 'resume'))).toMatchObject({ message: 'The job is not paused.' });
    expect(await refusedWith(orderJob(handle, 'set', { lanes: 65 }))).toMatchObject({ type: 'COMMAND_IMPOSSIBLE' });
    expect(await refusedWith(orderJob(handle, 'set', {}))).toMatchObject({ type: 'COMMAND_IMPOSSIBLE' });
    const toItself = orderJob(handle, 'move', { host: (await viewOf(handle)).host });
    expect(await refusedWith(toItself)).toMatchObject({ message: expect.stringContaining('already') as string });
    await orderJob(handle, 'pause');
    expect(await refusedWith(orderJob(handle, 'pause'))).toMatchObject({ message: 'The job is paused already.' });
    await handle.signal('resume', { commandId: 'by-signal' });
    await jobInState(handle, 'running');
    const late = handle.executeUpdate('resume', { args: [{ commandId: 'by-signal' }] });
    expect(await refusedWith(late)).toMatchObject({ message: 'This command was applied already.' });
    await handle.cancel();
    await handle.result();
  });
});

test('A job continues as new and takes along what is under way, its lanes and its large files.', async () => {
  const sizeOf = (line: number) => (line === 3 ? 9_000_000 : 100);
  const fake = new FakeJob({ lines: 60, sizeOf });
  const slow = holding(fake.deliverPage, ({ page }) => page.page === 0);
  const large = holding(everythingWorks.upload);
  const activities = { ...fake.activities, deliverPage: slow.run, upload: large.run };
  await stage.play(activities, async (client) => {
    const start = jobOf({ lines: 60, lanes: 2 });
    const handle = await startJob(client, start);
    await orderJob(handle, 'set', { lanes: 3 });
    const first = (await handle.describe()).runId;
    const second = await waitFor(async () => {
      const { runId } = await client.workflow.getHandle(start.jobId).describe();
      return runId === first ? undefined : runId;
    }, 50_000);
    expect(second).not.toBe(first);
    const now = client.workflow.getHandle(start.jobId);
    expect(await viewOf(now)).toMatchObject({ lanes: 3, pass: 1 });
    expect((await now.describe()).searchAttributes).toMatchObject({ FerryAccount: ['acme'] });
    slow.seen.holds = false;
    large.seen.holds = false;
    await orderJob(now, 'pause');
    await orderJob(now, 'resume');
    expect((await endOf(now)).counts).toMatchObject({ done: 60, running: 0, waiting: 0 });
    expect(fake.published.filter((line) => line === 1)).toEqual([1]);
    expect(new Set(fake.published).size).toBe(59);
  });
});

test('A result that no worker of this Ferry gave settles the page and ends nothing else.', async () => {
  const fake = new FakeJob({ lines: 4 });
  const deliverPage: typeof fake.deliverPage = (input) =>
    input.page.page === 0 ? Promise.resolve({ strange: true } as never) : fake.deliverPage(input);
  await stage.play({ ...fake.activities, deliverPage }, async (client) => {
    const view = await endOf(await startJob(client, jobOf({ lines: 4 })));
    expect(view).toMatchObject({ state: 'done', counts: { done: 2, failed: 2 } });
    expect(view.reasons).toEqual([{ state: 'failed', code: 'INPUT_REFUSED', lines: 2 }]);
  });
});

test('An attempt of the clerk that comes back after it was given up changes nothing.', async () => {
  const fake = new FakeJob({ lines: 4 });
  let calls = 0;
  const clerk: typeof fake.clerk = async (input) => {
    calls += 1;
    const answer = await fake.clerk(input);
    // Its answer is lost; the next attempt records the same.
    return calls === 2 ? Promise.reject(new Error('lost')) : answer;
  };
  await stage.play({ ...fake.activities, clerk }, async (client) => {
    const view = await endOf(await startJob(client, jobOf({ lines: 4 })));
    expect(view.counts.done).toBe(4);
    expect([...fake.journal.values()].every((rows) => rows.length === 1)).toBe(true);
  });
});

test('Links that storage refuses for a while are asked for again after a pause.', async () => {
  const fake = new FakeJob({ lines: 2 });
  let refused = 0;
  const deliverPage: typeof fake.deliverPage = (input) => {
    refused += 1;
    return refused === 1 ? refusal('URL_REFUSED') : fake.deliverPage(input);
  };
  await stage.play({ ...fake.activities, deliverPage }, async (client) => {
    expect((await endOf(await startJob(client, jobOf({ lines: 2 })))).counts.done).toBe(2);
    expect(refused).toBe(2);
  });
});
