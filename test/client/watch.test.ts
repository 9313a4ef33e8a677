import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { TransferEvent } from '../../src/client';
import { isFerryError } from '../../src/client';
import { waitFor } from '../support/wait-for';
import type { StandIns } from './support/stand-ins';
import { openStage, type Stage } from './support/stage';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 120_000);
afterAll(() => stage.close());

async function start(name: string): Promise<string> {
  const file = await stage.makeFile(name);
  return (await stage.ferry.start({ file, account: 'acme', consumer: 'ops' })).transferId;
}

/** A gate that an activity waits at until the test has seen enough. */
function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

test('A watcher sees bytes, a renewal, a failed attempt once, and the end with the receipt.', async () => {
  const tried = gate();
  const moved = gate();
  const upload: StandIns['upload'] = async ({ file: { sizeBytes } }) => {
    const { attempt } = Context.current().info;
    if (attempt === 1) {
      await tried.passed;
      throw ApplicationFailure.create({
        type: 'STORAGE_UNAVAILABLE',
        message: 'Storage answers 503.',
        nextRetryDelay: 1200,
      });
    }
    const details = { bytesDone: 5, sizeBytes, urlRenewals: 1 };
    const beat = setInterval(() => Context.current().heartbeat(details), 50);
    await moved.passed;
    clearInterval(beat);
    return { relativePath: '/v1/a/x.JPG', md5: 'm', sha256: null, urlRenewals: 1, bytesSent: sizeBytes };
  };
  const events: TransferEvent[] = [];
  await stage.play({ upload }, async () => {
    const transferId = await start('watched.jpg');
    for await (const event of stage.ferry.watch(transferId, { intervalMs: 50 })) {
      events.push(event);
      if (event.status.step === 'upload') tried.open();
      if (event.kind === 'progress') moved.open();
    }
  });
  const kinds = events.map(({ kind }) => kind);
  expect(kinds[0]).toBe('state');
  expect(kinds.filter((kind) => kind === 'retry')).toHaveLength(1);
  expect(kinds.filter((kind) => kind === 'renewal')).toHaveLength(1);
  expect(kinds).toContain('step');
  expect(kinds.filter((kind) => kind === 'end')).toHaveLength(1);
  const retry = events.find(({ kind }) => kind === 'retry');
  expect(retry?.status).toMatchObject({ state: 'waiting', attempt: 2, error: { code: 'STORAGE_UNAVAILABLE' } });
  expect(events.at(-1)).toMatchObject({
    type: 'event',
    v: 1,
    kind: 'end',
    status: { state: 'done', receipt: { urlRenewals: 1 } },
  });
});

test('The end is told at once, however seldom the watcher looks.', async () => {
  const transferId = await start('prompt.jpg');
  const before = performance.now();
  const kinds: string[] = [];
  await stage.play({}, async () => {
    for await (const { kind } of stage.ferry.watch(transferId, { intervalMs: 60_000 })) kinds.push(kind);
  });
  expect(kinds.at(-1)).toBe('end');
  expect(performance.now() - before).toBeLessThan(30_000);
});

test('In a crowd each watcher still sees its own transfer to its end.', async () => {
  const ids = await Promise.all(Array.from({ length: 20 }, (_, index) => start(`crowd-${index}.jpg`)));
  const follow = async (transferId: string): Promise<readonly TransferEvent[]> => {
    const events: TransferEvent[] = [];
    for await (const event of stage.ferry.watch(transferId, { intervalMs: 50 })) events.push(event);
    return events;
  };
  const seen = await stage.play({}, () => Promise.all(ids.map(follow)));
  expect(seen.map((events) => events.at(-1)?.kind)).toEqual(ids.map(() => 'end'));
  expect(seen.map((events) => events.at(-1)?.status.receipt?.transferId)).toEqual(ids);
});

test('Watching and waiting for the result survive that the server goes away.', async () => {
  const transferId = await start('outage.jpg');
  const kinds: string[] = [];
  const watching = (async () => {
    for await (const { kind } of stage.ferry.watch(transferId, { intervalMs: 50 })) kinds.push(kind);
  })();
  const result = stage.ferry.result(transferId);
  await waitFor(() => (kinds.length > 0 ? true : undefined));
  await stage.line.cut();
  const asked = stage.ferry.status(transferId);
  await expect(asked).rejects.toMatchObject({
    code: 'TEMPORAL_UNREACHABLE',
    message: expect.stringMatching(/^Cannot reach Temporal at 127\.0\.0\.1:\d+ \(.+\)\.$/) as string,
  });
  expect((await stage.ferry.health()).temporal.reachable).toBe(false);
  await stage.line.mend();
  await stage.play({}, async () => {
    expect(await result).toMatchObject({ state: 'done' });
    await watching;
  });
  expect(kinds.at(-1)).toBe('end');
});

test('A server that freezes is given up within 5 s by every call, and found again.', async () => {
  const transferId = await start('frozen.jpg');
  stage.line.freeze();
  try {
    const before = performance.now();
    const calls = [stage.ferry.status(transferId), stage.ferry.cancel(transferId), stage.ferry.list({})];
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'TEMPORAL_UNREACHABLE' } });
    }
    expect(performance.now() - before).toBeLessThan(5000);
  } finally {
    await stage.line.cut();
    await stage.line.mend();
  }
  await waitFor(async () => {
    try {
      await stage.ferry.cancel(transferId);
      return true;
    } catch (error) {
      if (isFerryError(error) && error.code === 'TEMPORAL_UNREACHABLE') return undefined;
      throw error;
    }
  });
});

test('A watcher whose signal fires ends quietly; a result that is waited for rejects with the reason.', async () => {
  const transferId = await start('left.jpg');
  const leaving = new AbortController();
  const result = stage.ferry.result(transferId, leaving.signal);
  const kinds: string[] = [];
  for await (const { kind } of stage.ferry.watch(transferId, { signal: leaving.signal })) {
    kinds.push(kind);
    leaving.abort(new Error('the person went home'));
  }
  expect(kinds).toEqual(['state']);
  await expect(result).rejects.toThrow('the person went home');
  await stage.ferry.cancel(transferId);
});

test('Watching what does not exist is refused.', async () => {
  const watching = (async () => {
    for await (const { kind } of stage.ferry.watch('acme-nothing-0000000000')) return kind;
    return 'ended';
  })();
  await expect(watching).rejects.toMatchObject({ code: 'TRANSFER_UNKNOWN' });
});
