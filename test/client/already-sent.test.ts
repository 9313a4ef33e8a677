import { utimes, writeFile } from 'node:fs/promises';
import type { TransferRequest } from '../../src/client';
import type { PublishInput } from '../../src/contract';
import { HOST, openStage, OTHER_HOST, type Stage } from './support/stage';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 120_000);
afterAll(() => stage.close());

/** Seconds since the epoch: a whole number, which every tool can set. */
const WRITTEN_AT = 1_700_000_000;

async function requestOf(name: string, content: string): Promise<TransferRequest> {
  const file = await stage.makeFile(name, content);
  await utimes(file, WRITTEN_AT, WRITTEN_AT);
  return { file, account: 'acme', consumer: 'ops' };
}

/** Other bytes of equal size under the same name and time, as `cp -p` leaves them. */
async function replaceUnseen(file: string, content: string): Promise<void> {
  await writeFile(file, content);
  await utimes(file, WRITTEN_AT, WRITTEN_AT);
}

/** Sends and waits for the end. */
async function send(request: TransferRequest): Promise<{ readonly transferId: string; readonly repeated: boolean }> {
  return await stage.play({}, async () => {
    const started = await stage.ferry.start(request);
    expect(await stage.ferry.result(started.transferId)).toMatchObject({ state: 'done' });
    return started;
  });
}

test('Other bytes of the same size and time are another file, and the first ones are still known.', async () => {
  const request = await requestOf('report.txt', 'Monday: 17 open cases');
  const monday = await send(request);
  await expect(send(request)).resolves.toEqual({ transferId: monday.transferId, repeated: true });

  await replaceUnseen(request.file, 'Monday: 23 open cases');
  const changed = await send(request);
  expect(changed.repeated).toBe(false);
  expect(changed.transferId).toMatch(new RegExp(`^${monday.transferId}-[0-9a-f]{8}$`));
  await expect(send(request)).resolves.toEqual({ transferId: changed.transferId, repeated: true });

  await replaceUnseen(request.file, 'Monday: 17 open cases');
  await expect(send(request)).resolves.toEqual({ transferId: monday.transferId, repeated: true });
});

test('A transfer with an id of its own is attached to without a look at the file.', async () => {
  const request = { ...(await requestOf('named.txt', 'one')), id: 'named' };
  await send(request);
  await replaceUnseen(request.file, 'two');
  await expect(send(request)).resolves.toEqual({ transferId: 'named', repeated: true });
});

/** Runs `work` while a transfer of the file waits in its publish. */
async function whilePublishing<T>(request: TransferRequest, work: (transferId: string) => Promise<T>): Promise<T> {
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  let isReached: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (isReached = resolve));
  const publish = async ({ opened: { conversationId, dialogId } }: PublishInput) => {
    isReached();
    await held;
    return { sequence: 7, conversationId, dialogId, publishedAt: new Date().toISOString(), receiptKept: true };
  };
  return await stage.play({ publish }, async () => {
    const { transferId } = await stage.ferry.start(request);
    await reached;
    try {
      return await work(transferId);
    } finally {
      goOn();
      await stage.ferry.result(transferId);
    }
  });
}

test.each([HOST, OTHER_HOST])(
  'Other bytes than those that a running transfer has uploaded are another file, also on the host %s.',
  async (host) => {
    const request = { ...(await requestOf(`running-${host}.txt`, 'Monday: 17 open cases')), host };
    const others = await whilePublishing(request, async (transferId) => {
      await expect(stage.ferry.start(request)).resolves.toEqual({ transferId, repeated: true });
      await replaceUnseen(request.file, 'Monday: 23 open cases');
      const first = await stage.ferry.start(request);
      expect(first).toEqual({
        transferId: expect.stringMatching(new RegExp(`^${transferId}-[0-9a-f]{8}$`)) as string,
        repeated: false,
      });
      return [first, await stage.ferry.start(request)];
    });
    expect(others[1]).toEqual({ ...others[0], repeated: true });
  },
);
