import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { TransferRequest, TransferStatus } from '../../src/client';
import type { ProgressDetails } from '../../src/contract';
import { waitFor } from '../support/wait-for';
import type { StandIns } from './support/stand-ins';
import { HOST, openStage, OTHER_HOST, type Stage } from './support/stage';
import { EMBEDDED_NAMESPACE } from '../../src/contract';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 120_000);
afterAll(() => stage.close());

async function start(name: string, changes: Partial<TransferRequest> = {}): Promise<string> {
  const file = await stage.makeFile(name);
  return (await stage.ferry.start({ file, account: 'acme', consumer: 'ops', ...changes })).transferId;
}

function statusWhere(transferId: string, fits: (status: TransferStatus) => boolean): Promise<TransferStatus> {
  return waitFor(async () => {
    const status = await stage.ferry.status(transferId);
    return fits(status) ? status : undefined;
  });
}

/** An upload that has come so far and stays there until it is cancelled. */
function stuckUpload(details: Partial<ProgressDetails>): StandIns['upload'] {
  return async () => {
    const beat = setInterval(() => Context.current().heartbeat(details), 50);
    try {
      return await Context.current().cancelled;
    } finally {
      clearInterval(beat);
    }
  };
}

async function cancelled(transferId: string): Promise<void> {
  await stage.ferry.cancel(transferId);
  await stage.ferry.result(transferId);
}

test('The counts have each parked transfer under its account and code.', async () => {
  const full = () =>
    Promise.reject(ApplicationFailure.create({ type: 'DISK_FULL', nonRetryable: true, message: 'full' }));
  await stage.play({ inspect: full }, async () => {
    const transferId = await start('parked-and-counted.jpg');
    await statusWhere(transferId, ({ state }) => state === 'parked');
    const { states } = await waitFor(async () => {
      const counts = await stage.ferry.counts();
      return counts.parked.some(({ code }) => code === 'DISK_FULL') ? counts : undefined;
    });
    expect(states.parked).toBeGreaterThanOrEqual(1);
    const parked = (await stage.ferry.counts()).parked.find(({ code }) => code === 'DISK_FULL');
    expect(parked).toEqual({ account: 'acme', code: 'DISK_FULL', count: 1 });
    await cancelled(transferId);
  });
});

test('While bytes move, the status has the step, the bytes and the renewals of the running attempt.', async () => {
  const upload = stuckUpload({ bytesDone: 7, sizeBytes: 17, urlRenewals: 2 });
  await stage.play({ upload }, async () => {
    const transferId = await start('moving.jpg');
    const status = await statusWhere(transferId, ({ bytesDone }) => bytesDone > 0);
    expect(status).toMatchObject({
      transferId,
      state: 'running',
      step: 'upload',
      account: 'acme',
      bytesDone: 7,
      attempt: 1,
      urlRenewals: 2,
      nextTryAt: null,
      error: null,
      receipt: null,
      stale: false,
    });
    expect(status.source).toMatch(/moving\.jpg$/);
    await cancelled(transferId);
  });
});

test('The status shows what an attempt waits for, without an error.', async () => {
  const upload = stuckUpload({ bytesDone: 0, sizeBytes: 17, urlRenewals: 0, waitingFor: 'a byte slot' });
  await stage.play({ upload }, async () => {
    const transferId = await start('slot.jpg');
    const status = await statusWhere(transferId, ({ state }) => state === 'waiting');
    expect(status).toMatchObject({ waitingFor: 'a byte slot', error: null });
    await cancelled(transferId);
  });
});

test('A pause between two attempts is waiting, with the reason and the time of the next try.', async () => {
  const upload: StandIns['upload'] = () => {
    const failure = { type: 'STORAGE_UNAVAILABLE', message: 'Storage answers 503.', nextRetryDelay: 600_000 };
    return Promise.reject(ApplicationFailure.create(failure));
  };
  await stage.play({ upload }, async () => {
    const transferId = await start('outage.jpg');
    const status = await statusWhere(transferId, ({ state }) => state === 'waiting');
    expect(status).toMatchObject({
      step: 'upload',
      attempt: 2,
      error: { code: 'STORAGE_UNAVAILABLE', message: 'Storage answers 503.' },
    });
    expect(Date.parse(status.nextTryAt ?? '') - Date.now()).toBeGreaterThan(500_000);
    await cancelled(transferId);
  });
});

test('The counts of the health tell apart who waits and who runs, also where the index cannot.', async () => {
  const upload: StandIns['upload'] = () => {
    const failure = { type: 'STORAGE_UNAVAILABLE', message: 'Storage answers 503.', nextRetryDelay: 600_000 };
    return Promise.reject(ApplicationFailure.create(failure));
  };
  await stage.play({ upload }, async () => {
    const transferId = await start('counted.jpg');
    await statusWhere(transferId, ({ state }) => state === 'waiting');
    const held = async (): Promise<number> => (await stage.ferry.list({ states: ['waiting'] })).length;
    // The index lags behind by a moment.
    await waitFor(async () => ((await held()) > 0 ? true : undefined));
    const { counts } = await stage.ferry.health();
    expect(counts.waiting).toBe(await held());
    expect(counts.running).toBeUndefined();
    await cancelled(transferId);
  });
});

test('Notes of the workflow reach the status.', async () => {
  const upload = stuckUpload({ bytesDone: 1, sizeBytes: 17 });
  const enable = () => Promise.resolve({ skipped: 'The property was not looked at.' });
  await stage.play({ upload, enable }, async () => {
    const transferId = await start('notes.jpg');
    const status = await statusWhere(transferId, ({ step }) => step === 'upload');
    expect(status.notes).toEqual(['The property was not looked at.']);
    await cancelled(transferId);
  });
});

test('Without a worker the status says what the server knows, marked stale, and within 10 s why nothing moves.', async () => {
  const transferId = await start('nobody.jpg');
  const first = await stage.ferry.status(transferId);
  expect(first).toMatchObject({
    step: 'inspect',
    account: 'acme',
    sizeBytes: expect.any(Number) as number,
    stale: true,
  });
  const before = performance.now();
  const status = await statusWhere(transferId, ({ state }) => state === 'waiting');
  expect(performance.now() - before).toBeLessThan(10_000);
  expect(status).toMatchObject({ stale: true, error: { code: 'NO_WORKER' } });
  expect(await stage.ferry.hasWorker(HOST)).toBe(false);
  await stage.play({}, () => cancelled(transferId));
});

test('A transfer whose host has no worker waits for that host, and says so within 10 s.', async () => {
  await stage.play({}, async () => {
    const request = { file: '/there/plan.jpg', host: 'attic', account: 'acme', consumer: 'ops' };
    const { transferId } = await stage.ferry.start(request);
    const before = performance.now();
    const status = await statusWhere(transferId, ({ state }) => state === 'waiting');
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(status).toMatchObject({ step: 'inspect', stale: false, error: { code: 'NO_WORKER' } });
    expect(status.error?.message).toBe('Waiting for host attic: no worker serves it.');
    await cancelled(transferId);
  });
});

test('A worker counts as long as it serves: not after it was stopped, and again after it came back.', async () => {
  await stage.play({}, () => waitFor(async () => (await stage.ferry.hasWorker(HOST)) || undefined));
  await waitFor(async () => ((await stage.ferry.hasWorker(HOST)) || undefined ? undefined : true));
  await stage.play({}, async () => {
    await waitFor(async () => (await stage.ferry.hasWorker(HOST)) || undefined);
    const { hosts, workflowWorkers, temporal } = await stage.ferry.health();
    // The other host of the stage is among them once its workers have reported.
    expect(hosts.filter((host) => host !== OTHER_HOST)).toEqual([HOST]);
    expect(workflowWorkers).toBe(1);
    expect(temporal).toEqual({ address: stage.line.address, namespace: EMBEDDED_NAMESPACE, reachable: true });
  });
});

test('A closed transfer is read from its result, also when no worker runs any more.', async () => {
  const transferId = await start('closed.jpg');
  await stage.play({}, () => stage.ferry.result(transferId));
  expect(await stage.ferry.status(transferId)).toMatchObject({
    state: 'done',
    stale: false,
    error: null,
    receipt: { transferId, sequence: 7, repeated: false },
  });
});

test('A transfer that somebody terminated in Temporal has failed, and nobody claims to know what was sent.', async () => {
  const transferId = await start('terminated.jpg');
  const { Client, Connection } = await import('@temporalio/client');
  const connection = await Connection.connect({ address: stage.temporal.address });
  try {
    await new Client({ connection, namespace: stage.temporal.namespace }).workflow
      .getHandle(transferId)
      .terminate('mistake');
  } finally {
    await connection.close();
  }
  const outcome = await stage.ferry.result(transferId);
  expect(outcome).toMatchObject({ state: 'failed', error: { code: 'CANCELLED' } });
  expect(outcome.error?.message).toContain('mistake');
});

test('A list has the newest first, of each id the last run, and every state it is asked for.', async () => {
  const list = (states: readonly TransferStatus['state'][]) => stage.ferry.list({ account: 'books', states });
  const account = 'books';
  const done = await start('done.jpg', { account });
  const refused = await stage.makeFile('refused.jpg');
  const refusal = () =>
    Promise.reject(ApplicationFailure.create({ type: 'TOO_LARGE', message: 'Too large.', nonRetryable: true }));
  await stage.play({}, () => stage.ferry.result(done));
  const request = { file: refused, account, consumer: 'ops' };
  const { transferId: failed } = await stage.ferry.start(request);
  await stage.play({ inspect: refusal }, () => stage.ferry.result(failed));
  const { transferId: waiting } = await stage.ferry.start({
    file: '/there/x.jpg',
    host: 'attic',
    account,
    consumer: 'ops',
  });
  await stage.play({}, async () => {
    await statusWhere(waiting, ({ state }) => state === 'waiting');
    const all = await waitFor(async () => {
      const rows = await stage.ferry.list({ account });
      return rows.length === 3 && rows.some(({ state }) => state === 'failed') ? rows : undefined;
    });
    expect(all.map(({ transferId }) => transferId)).toEqual([waiting, failed, done]);
    expect(all.map(({ state }) => state)).toEqual(['waiting', 'failed', 'done']);
    expect(all[1]?.error).toMatchObject({ code: 'TOO_LARGE', message: 'Too large.' });
    const withReceipts = await stage.ferry.list({ account, receipts: true });
    expect(withReceipts.map(({ receipt }) => receipt?.transferId ?? null)).toEqual([null, null, done]);
    expect((await list(['waiting'])).map(({ transferId }) => transferId)).toEqual([waiting]);
    expect(await list(['running'])).toEqual([]);
    expect((await list(['failed', 'done'])).map(({ transferId }) => transferId)).toEqual([failed, done]);
    expect((await stage.ferry.list({ account, limit: 2 })).map(({ transferId }) => transferId)).toEqual([
      waiting,
      failed,
    ]);
    expect(await stage.ferry.list({ account, sinceMs: 0 })).toEqual([]);
    expect((await stage.ferry.health()).counts).toMatchObject({ failed: expect.any(Number) as number });
    // Sent again, the failed one is mended: it must not look like something to worry about any longer.
    await stage.ferry.start(request);
    await stage.ferry.result(failed);
    await waitFor(async () => ((await list(['done'])).length === 2 ? true : undefined));
    expect(await list(['failed'])).toEqual([]);
    await cancelled(waiting);
  });
});
