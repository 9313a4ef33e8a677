import { ApplicationFailure } from '@temporalio/common';
import type { TransferState } from '../../src/contract';
import { waitFor } from '../support/wait-for';
import { HOST, openStage, type Stage } from './support/stage';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 120_000);
afterAll(() => stage.close());

async function started(name: string): Promise<string> {
  const file = await stage.makeFile(name);
  return (await stage.ferry.start({ file, account: 'acme', consumer: 'ops' })).transferId;
}

function inState(transferId: string, state: TransferState) {
  return waitFor(async () => {
    const status = await stage.ferry.status(transferId);
    return status.state === state ? status : undefined;
  });
}

const refusal = (code: string) => () =>
  Promise.reject(ApplicationFailure.create({ type: code, message: 'As this test wants it.', nonRetryable: true }));

test('A parked transfer says why and what to do, attaches the same send, and goes on when it is retried.', async () => {
  const file = await stage.makeFile('park.jpg');
  const request = { file, account: 'acme', consumer: 'ops' };
  const { transferId } = await stage.ferry.start(request);
  await stage.play({ open: refusal('CREDENTIALS_REFUSED') }, async () => {
    const status = await inState(transferId, 'parked');
    expect(status).toMatchObject({
      step: 'open',
      error: { code: 'CREDENTIALS_REFUSED' },
      nextTryAt: null,
      stale: false,
    });
    expect(status.error!.remedy).toContain('ferry retry');
    expect(await stage.ferry.start(request)).toEqual({ transferId, repeated: true });
  });
  await stage.play({}, async () => {
    expect(await stage.ferry.retry(transferId)).toEqual({ taken: 'now' });
    expect(await stage.ferry.result(transferId)).toMatchObject({ state: 'done' });
  });
});

test('Without a worker a parked transfer still says why, in its status and in the list.', async () => {
  const transferId = await started('unserved.jpg');
  await stage.play({ open: refusal('ACCOUNT_BLOCKED') }, () => inState(transferId, 'parked'));
  expect(await stage.ferry.status(transferId)).toMatchObject({
    state: 'parked',
    step: 'open',
    stale: true,
    error: { code: 'ACCOUNT_BLOCKED', message: 'As this test wants it.' },
  });
  await waitFor(async () => {
    const [row] = (await stage.ferry.list({ states: ['parked'] })).filter((each) => each.transferId === transferId);
    return row?.error?.code === 'ACCOUNT_BLOCKED' ? row : undefined;
  });
  await stage.ferry.cancel(transferId);
});

test('Where no worker answers, commands are kept and obeyed in their order when one comes.', async () => {
  const transferId = await started('later.jpg');
  const begunAt = performance.now();
  expect(await stage.ferry.pause(transferId)).toEqual({ taken: 'later' });
  expect(performance.now() - begunAt).toBeLessThan(15_000);
  await stage.play({}, () => inState(transferId, 'paused'));
  expect(await stage.ferry.resume(transferId)).toEqual({ taken: 'later' });
  expect(await stage.ferry.pause(transferId)).toEqual({ taken: 'later' });
  expect(await stage.ferry.resume(transferId)).toEqual({ taken: 'later' });
  await stage.play({}, async () => {
    expect(await stage.ferry.result(transferId)).toMatchObject({ state: 'done' });
  });
});

test('A command that means nothing is refused with a code and a sentence, also once the transfer has ended.', async () => {
  const transferId = await started('refuse.jpg');
  await stage.play({ inspect: refusal('SOURCE_UNREADABLE') }, async () => {
    await inState(transferId, 'parked');
    await expect(stage.ferry.resume(transferId)).rejects.toMatchObject({
      code: 'COMMAND_IMPOSSIBLE',
      message: 'The transfer is parked, not paused: a retry goes on with it.',
    });
    await stage.ferry.cancel(transferId);
    await stage.ferry.result(transferId);
  });
  await expect(stage.ferry.retry(transferId)).rejects.toMatchObject({ code: 'TRANSFER_CLOSED' });
  await expect(stage.ferry.pause('acme-never-was')).rejects.toMatchObject({ code: 'TRANSFER_UNKNOWN' });
});

test('A transfer that failed or was cancelled is told with the step in which it ended.', async () => {
  const failed = await started('step-failed.jpg');
  await stage.play({ open: refusal('CONVERSATION_UNKNOWN') }, () => inState(failed, 'failed'));
  const cancelled = await started('step-cancelled.jpg');
  await stage.play({ requestUploadUrl: refusal('CREDENTIALS_REFUSED') }, async () => {
    await inState(cancelled, 'parked');
    await stage.ferry.cancel(cancelled);
    await inState(cancelled, 'cancelled');
  });
  expect(await stage.ferry.status(failed)).toMatchObject({ state: 'failed', step: 'open' });
  expect(await stage.ferry.status(cancelled)).toMatchObject({ state: 'cancelled', step: 'request-upload-url' });
});

test('A transfer whose host is gone says so, and another host takes it over.', async () => {
  const request = { file: '/data/plan.jpg', host: 'gone', account: 'acme', consumer: 'ops' };
  const { transferId } = await stage.ferry.start(request);
  await stage.play({}, async () => {
    const status = await inState(transferId, 'waiting');
    expect(status.error).toMatchObject({ code: 'NO_WORKER', message: expect.stringContaining('host gone') });
    await stage.ferry.retry(transferId, { host: HOST });
    expect(await stage.ferry.result(transferId)).toMatchObject({ state: 'done', receipt: { host: HOST } });
  });
});

test('A status says who asked for the transfer and who gave the last command, with a worker and after the end.', async () => {
  const file = await stage.makeFile('asked.jpg');
  const request = { file, account: 'acme', consumer: 'ops', by: 'eve@lap', why: 'the monthly report' };
  const { transferId } = await stage.ferry.start(request);
  expect(await stage.ferry.status(transferId)).toMatchObject({ by: 'eve@lap', why: 'the monthly report', stale: true });
  expect(await stage.ferry.pause(transferId, { by: 'bob@lap' })).toEqual({ taken: 'later' });
  await stage.play({}, async () => {
    const given = await waitFor(async () => (await stage.ferry.status(transferId)).lastCommand);
    expect(given).toMatchObject({ name: 'pause', by: 'bob@lap' });
    await stage.ferry.cancel(transferId, { by: 'eve@lap', why: 'a mistake' });
    await stage.ferry.result(transferId);
  });
  expect(await stage.ferry.status(transferId)).toMatchObject({
    state: 'cancelled',
    by: 'eve@lap',
    lastCommand: { name: 'cancel', by: 'eve@lap', why: 'a mistake' },
  });
});

test('Where nobody is named, the user and the host of the caller are, and a text that is too long is refused.', async () => {
  const file = await stage.makeFile('default.jpg');
  const { transferId } = await stage.ferry.start({ file, account: 'acme', consumer: 'ops' });
  expect((await stage.ferry.status(transferId)).by).toMatch(/^[^@]+@.+$/);
  for (const asked of [{ why: 'x'.repeat(1001) }, { by: 'x'.repeat(256) }, { by: ' ' }]) {
    await expect(stage.ferry.pause(transferId, asked)).rejects.toMatchObject({ code: 'USAGE' });
  }
  await stage.ferry.cancel(transferId);
});
