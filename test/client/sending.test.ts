import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { connectFerry, isFerryError, type TransferRequest } from '../../src/client';
import { HOST, openStage, type Stage } from './support/stage';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 120_000);
afterAll(() => stage.close());

async function requestOf(name: string, changes: Partial<TransferRequest> = {}): Promise<TransferRequest> {
  return { file: await stage.makeFile(name), account: 'acme', consumer: 'ops', ...changes };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'nothing was thrown';
  } catch (error) {
    return isFerryError(error) ? error.code : String(error);
  }
}

test('The same send twice is one transfer: the second attaches while it runs, and after it is done.', async () => {
  const request = await requestOf('twice.jpg');
  const first = await stage.ferry.start(request);
  const second = await stage.ferry.start(request);
  expect(first.transferId).toMatch(/^acme-twice-[0-9a-z]{10}$/);
  expect(first.repeated).toBe(false);
  expect(second).toEqual({ transferId: first.transferId, repeated: true });
  await stage.play({}, async () => {
    expect(await stage.ferry.result(first.transferId)).toMatchObject({ state: 'done', receipt: { sequence: 7 } });
  });
  expect(await stage.ferry.start(request)).toEqual({ transferId: first.transferId, repeated: true });
});

test('Of many equal sends at one moment exactly one has started the transfer.', async () => {
  const request = await requestOf('race.jpg');
  const started = await Promise.all(Array.from({ length: 12 }, () => stage.ferry.start(request)));
  expect(new Set(started.map(({ transferId }) => transferId)).size).toBe(1);
  expect(started.filter(({ repeated }) => !repeated)).toHaveLength(1);
  await stage.ferry.cancel(started[0]!.transferId);
});

test('A send that failed before anything was published starts again.', async () => {
  const request = await requestOf('refused.jpg');
  const inspect = () =>
    Promise.reject(ApplicationFailure.create({ type: 'TOO_LARGE', message: 'It is too large.', nonRetryable: true }));
  const { transferId } = await stage.ferry.start(request);
  await stage.play({ inspect }, async () => {
    expect(await stage.ferry.result(transferId)).toMatchObject({
      state: 'failed',
      receipt: null,
      error: { code: 'TOO_LARGE', message: 'It is too large.' },
    });
  });
  expect(await stage.ferry.start(request)).toEqual({ transferId, repeated: false });
  await stage.play({}, async () => {
    expect(await stage.ferry.result(transferId)).toMatchObject({ state: 'done' });
  });
});

test('A send whose message was published counts as done, although its fetch back failed.', async () => {
  const request = await requestOf('published.jpg', { fetchTo: '/data/in' });
  const fetch = () =>
    Promise.reject(ApplicationFailure.create({ type: 'TARGET_EXISTS', message: 'In the way.', nonRetryable: true }));
  const { transferId } = await stage.ferry.start(request);
  await stage.play({ fetch }, async () => {
    expect(await stage.ferry.result(transferId)).toMatchObject({
      state: 'failed',
      receipt: { sequence: 7 },
      error: { code: 'TARGET_EXISTS' },
    });
  });
  expect(await stage.ferry.start(request)).toEqual({ transferId, repeated: true });
});

test('A file that was changed since, an `again` and an id of its own each make another transfer.', async () => {
  const request = await requestOf('change.jpg');
  const first = await stage.ferry.start(request);
  await utimes(request.file, new Date(), new Date(Date.now() - 5000));
  const changed = await stage.ferry.start(request);
  const again = await stage.ferry.start({ ...request, again: 'x7k2' });
  const named = await stage.ferry.start({ ...request, id: 'monthly-report:2026-08' });
  expect(new Set([first, changed, again, named].map(({ transferId }) => transferId)).size).toBe(4);
  expect([changed, again, named].every(({ repeated }) => !repeated)).toBe(true);
  expect(again.transferId).toBe(`${changed.transferId}-x7k2`);
  expect(named.transferId).toBe('monthly-report:2026-08');
  for (const { transferId } of [first, changed, again, named]) await stage.ferry.cancel(transferId);
});

test('What can never be sent is refused before a transfer exists.', async () => {
  const request = await requestOf('fine.jpg');
  const { ferry } = stage;
  expect(await codeOf(ferry.start({ ...request, file: join(stage.directory, 'absent.jpg') }))).toBe('SOURCE_MISSING');
  expect(await codeOf(ferry.start({ ...request, file: stage.directory }))).toBe('NOT_A_FILE');
  expect(await codeOf(ferry.start({ ...request, caption: 'x'.repeat(1001) }))).toBe('CAPTION_TOO_LONG');
  expect(await codeOf(ferry.start({ ...request, id: 'ferry consumer/acme' }))).toBe('USAGE');
  expect(await codeOf(ferry.start({ ...request, account: ' ' }))).toBe('USAGE');
  for (const deadlineMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(await codeOf(ferry.start({ ...request, deadlineMs }))).toBe('USAGE');
    const fetch = { what: '/v1/a/c/plan.JPG', to: stage.directory, account: 'acme', consumer: 'ops', deadlineMs };
    expect(await codeOf(ferry.fetch(fetch))).toBe('USAGE');
  }
  expect(await codeOf(ferry.start({ ...request, host: 'other', file: 'relative.jpg' }))).toBe('USAGE');
});

test('A file of another host is not looked for here.', async () => {
  const request = { file: '/only/there.jpg', host: 'other', account: 'acme', consumer: 'ops' };
  const { transferId } = await stage.ferry.start(request);
  expect(await stage.ferry.status(transferId)).toMatchObject({ source: '/only/there.jpg', sizeBytes: null });
  await stage.ferry.cancel(transferId);
});

test('A transfer is found by its beginning, an exact id goes before a longer one, and an unclear one names its matches.', async () => {
  const { ferry } = stage;
  const request = await requestOf('prefix.jpg');
  const { transferId } = await ferry.start(request);
  expect(await ferry.resolveId(transferId.slice(0, -3))).toBe(transferId);
  await ferry.start({ ...request, again: 'more' });
  expect(await ferry.resolveId(transferId)).toBe(transferId);
  await expect(ferry.resolveId('acme-prefix-')).rejects.toMatchObject({
    code: 'TRANSFER_AMBIGUOUS',
    message: expect.stringContaining(`${transferId}-more`) as string,
  });
  expect(await codeOf(ferry.resolveId('nothing-begins-like-this'))).toBe('TRANSFER_UNKNOWN');
  expect(await codeOf(ferry.resolveId("x' OR WorkflowId != '"))).toBe('TRANSFER_UNKNOWN');
  for (const id of [transferId, `${transferId}-more`]) await ferry.cancel(id);
});

test('The file of a done transfer is fetched under its own name, as often as it is asked for.', async () => {
  const { ferry, directory } = stage;
  const { transferId } = await ferry.start(await requestOf('back.jpg'));
  await stage.play({}, async () => {
    await ferry.result(transferId);
    const to = join(directory, 'sub', '..');
    const first = await ferry.fetch({ what: transferId.slice(0, -2), to });
    expect(first.transferId).toMatch(/^fetch-acme-[0-9a-z]{10}$/);
    expect(await ferry.result(first.transferId)).toMatchObject({
      state: 'done',
      receipt: { fetchedTo: join(directory, 'back.jpg'), sequence: 7 },
    });
    expect(await ferry.fetch({ what: transferId, to: join(directory, 'back.jpg') })).toEqual({
      transferId: first.transferId,
      repeated: false,
    });
    expect(await ferry.result(first.transferId)).toMatchObject({ state: 'done' });
  });
});

test('What cannot be fetched is refused with the reason.', async () => {
  const { ferry, directory } = stage;
  const { transferId } = await ferry.start(await requestOf('running.jpg'));
  expect(await codeOf(ferry.fetch({ what: transferId, to: directory }))).toBe('USAGE');
  expect(await codeOf(ferry.fetch({ what: '/v1/AUTH/x.JPG', to: directory }))).toBe('USAGE');
  const who = { account: 'acme', consumer: 'ops' };
  expect(await codeOf(ferry.fetch({ ...who, what: '//evil/x.JPG', to: directory }))).toBe('UNTRUSTED_HOST');
  expect(await codeOf(ferry.fetch({ ...who, what: '/v1/AUTH/..', to: directory }))).toBe('PATH_NOT_ALLOWED');
  await ferry.cancel(transferId);
});

test('A relativePath is fetched for the account and consumer that are given.', async () => {
  const { ferry, directory } = stage;
  const request = { what: '/v1/AUTH_a/c/deep.JPG', to: directory, account: 'acme', consumer: 'ops' };
  const { transferId } = await ferry.fetch(request);
  expect(await ferry.fetch(request)).toEqual({ transferId, repeated: true });
  await stage.play({}, async () => {
    const outcome = await ferry.result(transferId);
    expect(outcome).toMatchObject({ state: 'done', receipt: { fetchedTo: join(directory, 'deep.JPG') } });
  });
});

test('A transfer is cancelled also when no worker runs, once, and a closed one is not.', async () => {
  const { ferry } = stage;
  const { transferId } = await ferry.start(await requestOf('cancel.jpg'));
  await ferry.cancel(transferId);
  await ferry.cancel(transferId);
  await stage.play({}, async () => {
    expect(await ferry.result(transferId)).toMatchObject({ state: 'cancelled', error: { code: 'CANCELLED' } });
  });
  expect(await codeOf(ferry.cancel(transferId))).toBe('TRANSFER_CLOSED');
  expect(await codeOf(ferry.cancel('acme-nothing-0000000000'))).toBe('TRANSFER_UNKNOWN');
  expect(await codeOf(ferry.status('acme-nothing-0000000000'))).toBe('TRANSFER_UNKNOWN');
});

test('A namespace that does not exist is said, and not taken for an outage.', async () => {
  const connecting = connectFerry({
    connection: { address: stage.temporal.address },
    namespace: 'absent',
    hostId: HOST,
  });
  await expect(connecting).rejects.toMatchObject({
    code: 'NOT_CONFIGURED',
    message: `Temporal at ${stage.temporal.address} has no namespace absent.`,
  });
});
