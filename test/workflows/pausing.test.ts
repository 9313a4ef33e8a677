import { CancelledFailure } from '@temporalio/common';
import { COMMAND, type TransferResult, type UploadInput, type UploadResult } from '../../src/contract';
import { inState, order, refusedWith } from './commanding';
import { failureOf, inputOf, messageIn, openStage, start, untilCancelled, type Stage } from './stand-ins';
import { waitFor } from '../support/wait-for';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const uploaded: UploadResult = { relativePath: '/v1/a', md5: 'm', sha256: 's', urlRenewals: 0, bytesSent: 100 };

/** Uploads that are broken off as the real one is, saying what they had done; the last one ends well. */
function uploads(brokenOff: number) {
  let running = 0;
  const seen = { inputs: [] as UploadInput[], most: 0, letGoAt: [] as number[] };
  return {
    seen,
    upload: async (input: UploadInput): Promise<UploadResult> => {
      seen.inputs.push(input);
      running += 1;
      seen.most = Math.max(seen.most, running);
      const last = seen.inputs.length > brokenOff;
      try {
        return last ? uploaded : await untilCancelled(() => undefined);
      } catch (error) {
        seen.letGoAt.push(performance.now());
        throw new CancelledFailure((error as Error).message, [
          { urlRenewals: 2, bytesMoved: 40, relativePath: '/v1/broken' },
        ]);
      } finally {
        running -= 1;
      }
    },
  };
}

const begun = (seen: { readonly inputs: readonly unknown[] }, times: number) =>
  waitFor(() => (seen.inputs.length === times ? true : undefined));

test('A pause breaks off an upload within two seconds; a resume begins another one, never beside it.', async () => {
  const { upload, seen } = uploads(1);
  await stage.play({ upload }, async (client) => {
    const handle = await start(client, inputOf());
    await begun(seen, 1);
    const pausedAt = performance.now();
    await order(handle, 'pause');
    expect(await inState(handle, 'paused')).toMatchObject({ step: 'upload', error: null });
    await waitFor(() => (seen.letGoAt.length === 1 ? true : undefined));
    expect(seen.letGoAt[0]! - pausedAt).toBeLessThan(2000);
    await order(handle, 'resume');
    const { receipt } = (await handle.result()) as TransferResult;
    expect(seen.most).toBe(1);
    expect(seen.inputs[1]!.before).toBe('/v1/broken');
    expect(receipt).toMatchObject({ bytesSent: 140, urlRenewals: 2 });
  });
});

test('A resume that comes while the old attempt still lets go waits for it.', async () => {
  const { upload, seen } = uploads(3);
  await stage.play({ upload }, async (client) => {
    const handle = await start(client, inputOf());
    for (let times = 1; times <= 3; times += 1) {
      await begun(seen, times);
      await order(handle, 'pause');
      await order(handle, 'resume');
    }
    expect(await handle.result()).toMatchObject({ state: 'done' });
    expect(seen.most).toBe(1);
  });
});

test('A paused transfer is searchable as paused and refuses what means nothing then.', async () => {
  const { upload, seen } = uploads(1);
  await stage.play({ upload }, async (client) => {
    const handle = await start(client, inputOf());
    expect(await refusedWith(order(handle, 'resume'))).toMatchObject({ message: 'The transfer is not paused.' });
    await begun(seen, 1);
    expect(await refusedWith(order(handle, 'retry'))).toMatchObject({ type: 'COMMAND_IMPOSSIBLE' });
    await order(handle, 'pause');
    expect(await refusedWith(order(handle, 'pause'))).toMatchObject({ message: 'The transfer is paused already.' });
    expect(await refusedWith(order(handle, 'retry'))).toMatchObject({
      message: 'The transfer is paused: resume it first.',
    });
    expect((await handle.describe()).searchAttributes['FerryState']).toEqual(['paused']);
    await handle.cancel();
    expect(await failureOf(handle.result())).toBeInstanceOf(CancelledFailure);
  });
});

test('A publish that a pause broke off is looked for before it is tried again.', async () => {
  const calls: boolean[] = [];
  const publish = (input: { lookFirst: boolean; opened: { conversationId: string } }) => {
    calls.push(input.lookFirst);
    const { conversationId } = input.opened;
    return input.lookFirst ? Promise.resolve(messageIn(conversationId, 9)) : untilCancelled(() => undefined);
  };
  await stage.play({ publish }, async (client) => {
    const handle = await start(client, inputOf());
    await waitFor(() => (calls.length === 1 ? true : undefined));
    await order(handle, 'pause');
    await order(handle, 'resume');
    expect(await handle.result()).toMatchObject({ state: 'done', receipt: { sequence: 9 } });
    expect(calls).toEqual([false, true]);
  });
});

test('Signals do as updates do, once for each command, and what means nothing is passed over.', async () => {
  const { upload, seen } = uploads(2);
  const handle = await stage.play({ upload }, async (client) => {
    const started = await start(client, inputOf());
    await begun(seen, 1);
    return started;
  });
  // Nobody serves the transfer now: both commands wait in its history, and so does a signal without any content.
  await handle.signal(COMMAND.pause, { commandId: 'p' });
  await handle.signal(COMMAND.pause);
  await stage.play({ upload }, async () => {
    await inState(handle, 'paused');
    await handle.signal(COMMAND.resume, { commandId: 'r' });
    await begun(seen, 2);
    const late = handle.executeUpdate(COMMAND.pause, { args: [{ commandId: 'p' }] });
    expect(await refusedWith(late)).toMatchObject({ message: 'This command was applied already.' });
    await order(handle, 'pause');
    await order(handle, 'resume');
    expect(await handle.result()).toMatchObject({ state: 'done' });
    expect(seen.most).toBe(1);
  });
});

test('A transfer that was paused before any worker saw it does nothing until it is resumed.', async () => {
  const inspect = jest.fn(() => Promise.reject(new Error('not to be called')));
  const handle = await start(stage.client, inputOf());
  await handle.signal(COMMAND.pause, { commandId: 'before' });
  await stage.play({ inspect }, async () => {
    expect(await inState(handle, 'paused')).toMatchObject({ step: 'inspect' });
    await handle.cancel();
    expect(await failureOf(handle.result())).toBeInstanceOf(CancelledFailure);
    expect(inspect).not.toHaveBeenCalled();
  });
});

test('A cancelled fetch has its part removed, whether it was running or paused.', async () => {
  const discardPart = jest.fn(() => Promise.resolve());
  let fetching = 0;
  const fetch = () => untilCancelled(() => (fetching += 1));
  await stage.play({ discardPart, fetch }, async (client) => {
    for (const pauseFirst of [false, true]) {
      const handle = await start(client, inputOf({ fetchTo: '/data/back' }));
      const times = pauseFirst ? 2 : 1;
      await waitFor(() => (fetching === times ? true : undefined));
      if (pauseFirst) await order(handle, 'pause');
      await handle.cancel();
      expect(await handle.result()).toMatchObject({ state: 'cancelled', receipt: { sequence: 7 } });
      expect(discardPart).toHaveBeenCalledTimes(times);
      expect(discardPart).toHaveBeenLastCalledWith({ account: 'acme', target: '/data/back/plan.jpg' });
    }
  });
});

test('Cancelled in the middle of a publish it says what became of the message.', async () => {
  const message = messageIn('c1', 9);
  let reached = 0;
  const publish = ({ lookOnly, caption }: { lookOnly: boolean; caption: string }) => {
    if (!lookOnly) return untilCancelled(() => (reached += 1));
    return Promise.resolve(caption === 'arrived' ? message : null);
  };
  await stage.play({ publish }, async (client) => {
    const handles = await Promise.all(['arrived', 'lost'].map((caption) => start(client, inputOf({ caption }))));
    await waitFor(() => (reached === 2 ? true : undefined));
    for (const handle of handles) await handle.cancel();
    const [arrived, lost] = (await Promise.all(handles.map((handle) => handle.result()))) as TransferResult[];
    expect(arrived).toMatchObject({ state: 'cancelled', receipt: { sequence: 9 } });
    expect(arrived!.error!.message).toContain('published as message 9');
    expect(lost).toMatchObject({ state: 'cancelled', receipt: null });
    expect(lost!.error!.message).toContain('had not been published');
  });
});
