import type { WorkflowHandle } from '@temporalio/client';
import { addressed, LIMITS_SIGNAL, limitsWorkflowId, NO_LIMITS } from '../../src/contract';
import { waitFor } from '../support/wait-for';
import { change, join, lessee, limited, view, withLessees } from './lessees';
import { openStage, type Stage } from './stand-ins';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test('Two workers share the limits; when one leaves, the other gets all; when the last leaves, the workflow ends.', async () => {
  const [one, two] = [lessee('one'), lessee('two')];
  await stage.play({}, (client) =>
    withLessees(stage, [one, two], async () => {
      expect(await join(client, 'shared', 'one')).toEqual({ limited: true });
      await waitFor(() => one.share?.requests === 8 || undefined);
      await join(client, 'shared', 'two');
      await waitFor(() => two.share?.requests === 4 || undefined);
      expect(one.share).toEqual({ requests: 4, transfers: 2 });
      one.leave();
      await waitFor(() => two.share?.requests === 8 || undefined);
      two.leave();
      const handle = client.workflow.getHandle(limitsWorkflowId('shared'));
      await waitFor(async () => (await handle.describe()).status.name === 'COMPLETED' || undefined);
      // Who asks later still learns what the limits were.
      expect(await view(client, 'shared')).toMatchObject({ limits: limited, workers: [] });
    }),
  );
});

test('An account without limits needs no lease, and leaves no workflow behind.', async () => {
  await stage.play({}, async (client) => {
    expect(await join(client, 'free', 'one', NO_LIMITS)).toEqual({ limited: false });
    const handle = client.workflow.getHandle(limitsWorkflowId('free'));
    await waitFor(async () => (await handle.describe()).status.name === 'COMPLETED' || undefined);
  });
});

test('A change of a person holds at once, also where nothing is configured, and waits for workers without a timer.', async () => {
  const one = lessee('one');
  await stage.play({}, (client) =>
    withLessees(stage, [one], async () => {
      const values = { requests: 2 };
      const request = { change: { values, until: null, by: 'ada@desk', reason: 'x' }, by: 'ada@desk', reason: 'x' };
      expect(await change(client, 'live', request)).toMatchObject({
        limits: { requests: 2 },
        change: { by: 'ada@desk' },
      });
      expect(await join(client, 'live', 'one', NO_LIMITS)).toEqual({ limited: true });
      await waitFor(() => one.share?.requests === 2 || undefined);
      expect(one.share?.transfers).toBeNull();
      one.leave();
      const handle = client.workflow.getHandle(limitsWorkflowId('live'));
      await waitFor(async () => ((await view(client, 'live')).workers.length === 0 ? true : undefined));
      const { events = [] } = await handle.fetchHistory();
      const timers = (events ?? []).filter(({ timerStartedEventAttributes }) => timerStartedEventAttributes);
      expect(timers).toEqual([]);
      await change(client, 'live', { change: null, by: 'ada@desk', reason: 'over' });
      await waitFor(async () => (await handle.describe()).status.name === 'COMPLETED' || undefined);
    }),
  );
});

test('A change that comes as a signal counts once, also when its update comes later.', async () => {
  await stage.play({}, async (client) => {
    const by = 'ada@desk';
    const request = (id: string, requests: number) => ({
      id,
      adds: true,
      change: { values: { requests }, until: null, by, reason: '' },
      by,
      reason: '',
    });
    await change(client, 'kept', request('first', 3));
    const handle = client.workflow.getHandle(limitsWorkflowId('kept'));
    await handle.signal(LIMITS_SIGNAL.change, request('second', 2));
    await waitFor(async () => ((await view(client, 'kept')).limits.requests === 2 ? true : undefined));
    await change(client, 'kept', request('second', 2));
    expect((await view(client, 'kept')).changes.map(({ values }) => values)).toEqual([
      { requests: 3 },
      { requests: 2 },
    ]);
    await change(client, 'kept', { change: null, by, reason: 'over' });
  });
});

test('The places of a dead worker come back: the server misses its heartbeats.', async () => {
  const two = lessee('two');
  // It sends no heartbeat, as a worker that was killed right after it took its lease.
  const dead = lessee('dead', false);
  await stage.play({}, (client) =>
    withLessees(stage, [two, dead], async () => {
      await join(client, 'dying', 'dead');
      await join(client, 'dying', 'two');
      await waitFor(() => two.share?.requests === 4 || undefined);
      const begun = performance.now();
      await waitFor(() => two.share?.requests === 8 || undefined);
      expect(performance.now() - begun).toBeLessThan(15_000);
    }),
  );
}, 60_000);

test('The places of a killed worker come back at once when a neighbour says that its process has ended.', async () => {
  const two = lessee('two');
  const dead = lessee('dead', false);
  await stage.play({}, (client) =>
    withLessees(stage, [two, dead], async () => {
      const processOf = (pid: number) => ({ pid, startTime: '1', world: 'x' });
      await join(client, 'ended', 'dead', limited, processOf(7));
      const answer = await join(client, 'ended', 'two', limited, processOf(8));
      expect(answer.neighbours).toEqual([{ workerId: 'dead', ...processOf(7) }]);
      await waitFor(() => two.share?.requests === 4 || undefined, 10_000);
      const handle = client.workflow.getHandle(limitsWorkflowId('ended'));
      await handle.signal(LIMITS_SIGNAL.ended, addressed(LIMITS_SIGNAL.ended, { workerId: 'dead' }));
      // The server misses its heartbeats only 8 s later, and keeps one of its places for 5 s more.
      await waitFor(() => two.share?.requests === 8 || undefined, 5000);
      await waitFor(async () => (await timedOut(handle)) > 0 || undefined, 20_000);
      expect((await view(client, 'ended')).workers.map(({ workerId }) => workerId)).toEqual(['two']);
      expect(two.share?.requests).toBe(8);
      two.leave();
      await waitFor(async () => (await handle.describe()).status.name === 'COMPLETED' || undefined, 10_000);
    }),
  );
}, 60_000);

async function timedOut(handle: WorkflowHandle): Promise<number> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).filter(({ activityTaskTimedOutEventAttributes }) => activityTaskTimedOutEventAttributes).length;
}

test('A long history is continued as new, and the leases go on.', async () => {
  const one = lessee('one');
  await stage.play({}, (client) =>
    withLessees(stage, [one], async () => {
      await join(client, 'long', 'one');
      await waitFor(() => one.leases.length === 1 || undefined);
      const { runId } = await client.workflow.getHandle(limitsWorkflowId('long')).describe();
      for (let batch = 0; batch < 150; batch += 1) {
        const by = `ada${batch}@desk`;
        const request = {
          change: { values: { requests: 3 + (batch % 2) }, until: null, by, reason: '' },
          by,
          reason: '',
        };
        await Promise.all(Array.from({ length: 9 }, () => change(client, 'long', request)));
        if ((await client.workflow.getHandle(limitsWorkflowId('long')).describe()).runId !== runId) break;
      }
      await waitFor(() => one.leases.length > 1 || undefined);
      // The same lease: grants that the worker has are still good.
      expect(one.leases[1]).toBe(one.leases[0]);
      const now = await view(client, 'long');
      expect(now.workers).toMatchObject([{ workerId: 'one', share: { requests: now.limits.requests } }]);
      expect(now.changes).toHaveLength(20);
    }),
  );
}, 120_000);
