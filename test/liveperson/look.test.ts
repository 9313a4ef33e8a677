import type { LookRequest } from '../../src/liveperson';
import type { Connection } from '../../src/liveperson/connection';
import type { Notice } from '../../src/liveperson/frames';
import { lookForFiles } from '../../src/liveperson/look';
import { failsWith, setUp, tearDown, until } from './support/harness';
import { notifyMessages, reply, tokenOf, type SeenFrame } from './support/stub';

afterEach(tearDown);

const PATH = '/v1/AUTH_async-images/12345678/x.PNG';
const LOOK: LookRequest = {
  conversationId: 'conversation-1',
  dialogId: 'dialog-1',
  fromSeq: 2,
  relativePaths: [PATH],
  quietMs: 150,
};

function fileChange(sequence: unknown, more: Record<string, unknown> = {}, relativePath: unknown = PATH): object {
  return {
    sequence,
    originatorId: 'sub-1',
    serverTimestamp: 1_600_000_000_000,
    dialogId: 'dialog-1',
    metadata: null,
    event: {
      type: 'ContentEvent',
      contentType: 'hosted/file',
      message: { relativePath, caption: '', fileType: 'PNG' },
    },
    ...more,
  };
}

/** What the dialog says after the subscription was answered. */
function dialogSays(say: (frame: SeenFrame) => void): (frame: SeenFrame) => boolean {
  return (frame) => {
    if (frame.type !== 'ms.SubscribeMessagingEvents') return false;
    reply(frame, 200, undefined);
    say(frame);
    return true;
  };
}

describe('looking for a file message', () => {
  it('asks on a fresh socket, from the sequence on, finds it and closes the socket', async () => {
    const { stub, liveperson } = await setUp();
    const token = tokenOf('sub-1');
    await liveperson.session(stub.account, token).requestUploadUrl({ sizeBytes: 1, fileType: 'PNG' });
    stub.onFrame = dialogSays((frame) => notifyMessages(frame, [fileChange(2, {}, '/v1/a/other'), fileChange(3)]));
    expect(await liveperson.findFileMessages(stub.account, token, LOOK)).toEqual([
      {
        sequence: 3,
        originatorId: 'sub-1',
        relativePath: PATH,
      },
    ]);
    expect(stub.upgrades).toHaveLength(2);
    expect(stub.framesOf('ms.SubscribeMessagingEvents')[0]?.body).toEqual({ dialogId: 'dialog-1', fromSeq: 2 });
    await until(() => stub.sockets.size === 1, 'the close of the fresh socket');
  });

  it.each<[string, (frame: SeenFrame) => void]>([
    ['one change as an object', (frame) => notifyMessages(frame, fileChange(3))],
    ['the change as the body itself', (frame) => frame.socket.send(JSON.stringify({ type: 'x', body: fileChange(3) }))],
    ['a sequence as a string', (frame) => notifyMessages(frame, [fileChange('3')])],
    [
      'the name of the schema',
      (f) =>
        notifyMessages(f, [fileChange(3, { event: { contentType: 'HostedFile', message: { relativePath: PATH } } })]),
    ],
    [
      'the identity before a token was renewed',
      (f) => notifyMessages(f, [fileChange(3, { originatorId: 'sub-0', originatorMetadata: { role: 'CONSUMER' } })]),
    ],
    [
      'duplicates and rubbish around it',
      (frame) => {
        notifyMessages(frame, [
          null,
          7,
          {},
          { event: 1 },
          { event: { type: 'ChatStateEvent' }, originatorId: 'sub-1' },
        ]);
        notifyMessages(frame, [fileChange(3), fileChange(3)]);
        notifyMessages(frame, fileChange(3));
      },
    ],
  ])('finds it in %s', async (_, say) => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = dialogSays(say);
    expect(await liveperson.findFileMessages(stub.account, tokenOf('sub-1'), LOOK)).toMatchObject([{ sequence: 3 }]);
  });

  it.each<[string, object]>([
    ['of an agent', fileChange(3, { originatorId: 'agent', originatorMetadata: { role: 'ASSIGNED_AGENT' } })],
    ['of another consumer without a role', fileChange(3, { originatorId: 'somebody' })],
    ['with another path', fileChange(3, {}, `${PATH}.PNG`)],
    ['in another dialog', fileChange(3, { dialogId: 'dialog-2' })],
    ['without a sequence', fileChange(undefined)],
    ['that is text', fileChange(3, { event: { type: 'ContentEvent', contentType: 'text/plain', message: PATH } })],
  ])('does not take a message %s for it', async (_, change) => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = dialogSays((frame) => notifyMessages(frame, [change]));
    expect(await liveperson.findFileMessages(stub.account, tokenOf('sub-1'), LOOK)).toEqual([]);
  });

  it('says "absent" only after GetClock was answered and it was quiet, however slowly the history comes', async () => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = dialogSays((frame) => {
      let sent = 0;
      const timer = setInterval(() => {
        sent++;
        notifyMessages(frame, [sent < 5 ? fileChange(sent, {}, '/v1/a/other') : fileChange(9)]);
        if (sent === 5) clearInterval(timer);
      }, 60);
    });
    expect(await liveperson.findFileMessages(stub.account, tokenOf('sub-1'), LOOK)).toMatchObject([{ sequence: 9 }]);
  });

  it.each<[string, (frame: SeenFrame) => void]>([
    ...[400, 401, 403, 404, 409].map((code): [string, (frame: SeenFrame) => void] => [
      `refused with ${code}`,
      (frame) => reply(frame, code, undefined),
    ]),
    ['answered by the end of the socket', (frame) => frame.socket.close(4401)],
  ])('does not say "absent" when GetClock is %s', async (_, refuse) => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = (frame) => {
      if (frame.type === 'ms.SubscribeMessagingEvents') reply(frame, 200, undefined);
      else if (frame.type === 'GetClock') refuse(frame);
      else return false;
      return true;
    };
    const look = liveperson.findFileMessages(stub.account, tokenOf('sub-1'), LOOK);
    await expect(look).rejects.toMatchObject({ code: expect.any(String) as string });
    expect(stub.framesOf('GetClock')).toHaveLength(1);
  });

  it('is not kept waiting by people who chat on', async () => {
    const { stub, liveperson } = await setUp();
    let chat: NodeJS.Timeout | undefined;
    stub.onFrame = dialogSays((frame) => {
      const now = { serverTimestamp: 1_800_000_000_000, event: { type: 'ContentEvent', contentType: 'text/plain' } };
      chat = setInterval(() => notifyMessages(frame, [fileChange(50, now)]), 20);
    });
    try {
      expect(await liveperson.findFileMessages(stub.account, tokenOf('sub-1'), LOOK)).toEqual([]);
    } finally {
      clearInterval(chat);
    }
  });

  it('gives no answer where it could not look to the end', async () => {
    const { stub, liveperson } = await setUp();
    const look = () => liveperson.findFileMessages(stub.account, tokenOf('sub-1'), LOOK);
    stub.onFrame = dialogSays((frame) => frame.socket.terminate());
    await expect(look()).rejects.toMatchObject({ code: 'MESSAGING_UNAVAILABLE' });
    stub.onFrame = dialogSays((frame) => frame.socket.close(4401));
    await expect(look()).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
    stub.onFrame = dialogSays((frame) => setTimeout(() => frame.socket.terminate(), 60));
    await expect(look()).rejects.toMatchObject({ code: 'MESSAGING_UNAVAILABLE' });
    stub.onFrame = (frame) => {
      reply(frame, 503, 'down');
      return true;
    };
    await expect(look()).rejects.toMatchObject({ code: 'MESSAGING_UNAVAILABLE' });
    stub.onFrame = (frame) => {
      reply(frame, 400, { title: 'Unknown conversation', errorCode: 40_012 });
      return true;
    };
    await expect(look()).rejects.toMatchObject({ code: 'CONVERSATION_UNKNOWN' });
    stub.upgradeStatus = 401;
    await expect(look()).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
  });

  it('ends with the reason of its signal, in whichever phase, and leaves no socket', async () => {
    const { stub, liveperson } = await setUp();
    const abort = new AbortController();
    const looking = liveperson.findFileMessages(stub.account, tokenOf('sub-1'), {
      ...LOOK,
      quietMs: 60_000,
      signal: abort.signal,
    });
    await until(() => stub.framesOf('GetClock').length === 1, 'the quiet phase');
    abort.abort(new Error('stopped'));
    await expect(looking).rejects.toThrow('stopped');
    await until(() => stub.sockets.size === 0, 'the close');
  });
});

test('A look gives up on an endless dialog.', async () => {
  const never = new Promise<never>(() => undefined);
  const connection: Connection = {
    isOpen: () => true,
    isProven: () => true,
    request: () => never,
    listen(listener) {
      const notice: Notice = { kind: 'notice', type: 'x', body: { changes: [] }, size: 64 * 1_048_576 };
      for (let sent = 0; sent < 5; sent += 1) setImmediate(() => listener(notice));
      return () => undefined;
    },
    onClosed: () => () => undefined,
    close: () => undefined,
  };
  const error = await failsWith(lookForFiles(connection, 'sub-1', LOOK), 'MESSAGING_UNAVAILABLE');
  expect(error.message).toContain('too long');
});
