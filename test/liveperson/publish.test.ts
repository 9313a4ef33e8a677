import { setMaxListeners } from 'node:events';
import { failsWith, setUp, tearDown, until } from './support/harness';
import { reply, tokenOf, type SeenFrame } from './support/stub';

afterEach(tearDown);

const PUBLISH = 'ms.PublishEvent';
const CREATE = 'cm.ConsumerRequestConversation';
const FILE = {
  conversationId: 'conversation-1',
  dialogId: 'dialog-1',
  relativePath: '/v1/AUTH_async-images/12345678/x.PNG',
  fileType: 'PNG',
  caption: '',
};

describe('publishing a file message', () => {
  it('sends the documented event, with a caption even if empty and without a preview if there is none', async () => {
    const { stub, liveperson } = await setUp();
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    expect(await session.publishFile(FILE)).toEqual({ sequence: 3 });
    await session.publishFile({ ...FILE, caption: 'plan', preview: 'data:image/png;base64,AA==' });
    const { conversationId, dialogId, relativePath, fileType } = FILE;
    const body = (message: object) => ({
      dialogId,
      conversationId,
      event: { type: 'ContentEvent', contentType: 'hosted/file', message },
    });
    expect(stub.framesOf(PUBLISH).map((frame) => frame.body)).toEqual([
      body({ caption: '', relativePath, fileType }),
      body({ caption: 'plan', relativePath, fileType, preview: 'data:image/png;base64,AA==' }),
    ]);
  });

  it('asks for permission once, after the connection is there, and sends nothing when it is forbidden', async () => {
    const { stub, liveperson } = await setUp();
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    const permit = jest.fn(() => {
      expect(stub.upgrades).toHaveLength(1);
    });
    await session.publishFile({ ...FILE, permit });
    expect(permit).toHaveBeenCalledTimes(1);
    const forbidden = () => {
      throw new Error('too late');
    };
    await expect(session.publishFile({ ...FILE, permit: forbidden })).rejects.toThrow('too late');
    await session.requestUploadUrl({ sizeBytes: 1, fileType: 'PNG' });
    expect(stub.framesOf(PUBLISH)).toHaveLength(1);
  });

  it('does not ask for permission when there is no connection', async () => {
    const { stub, liveperson } = await setUp();
    stub.upgradeStatus = 503;
    const permit = jest.fn();
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    await expect(session.publishFile({ ...FILE, permit })).rejects.toMatchObject({ code: 'MESSAGING_UNAVAILABLE' });
    expect(permit).not.toHaveBeenCalled();
  });

  it.each([1000, 1006, 1011, 4401, 4407])(
    'is never repeated when the socket closes with %i before the answer: ANSWER_LOST',
    async (code) => {
      const { stub, liveperson } = await setUp();
      stub.onFrame = (frame) => {
        if (frame.type !== PUBLISH) return false;
        if (code === 1006) frame.socket.terminate();
        else frame.socket.close(code);
        return true;
      };
      const session = liveperson.session(stub.account, tokenOf('sub-1'));
      const error = await failsWith(session.publishFile(FILE), 'ANSWER_LOST');
      expect(error.details).toMatchObject({ operation: 'publish', closeCode: code });
      await session.requestUploadUrl({ sizeBytes: 1, fileType: 'PNG' });
      expect(stub.framesOf(PUBLISH)).toHaveLength(1);
    },
  );

  it('is ANSWER_LOST at once when its answer is not JSON', async () => {
    const { stub, liveperson } = await setUp({ requestTimeoutMs: 60_000 });
    stub.onFrame = ({ type, id, socket }) => {
      if (type === PUBLISH) socket.send(`"kind":"resp","reqId":"${id}","code":200,"body":{"sequence":3}}`);
      return type === PUBLISH;
    };
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    const { details } = await failsWith(session.publishFile(FILE), 'ANSWER_LOST');
    expect(details).toMatchObject({ operation: 'publish', unreadable: true });
  });

  it('has its socket reset before the caller hears that the answer is lost', async () => {
    const { stub, liveperson } = await setUp({ requestTimeoutMs: 80 });
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    await session.requestUploadUrl({ sizeBytes: 1, fileType: 'PNG' });
    const codes: (string | undefined)[] = [];
    for (const upgrade of stub.upgrades) {
      upgrade.socket.on('error', (error: NodeJS.ErrnoException) => codes.push(error.code));
    }
    stub.onFrame = (frame) => frame.type === PUBLISH;
    await expect(session.publishFile(FILE)).rejects.toMatchObject({ code: 'ANSWER_LOST' });
    await until(() => codes.length > 0, 'the reset');
    expect(codes).toEqual(['ECONNRESET']);
  });

  it('never waits in a buffer behind other bytes: without a free line it asks no permission and is not sent', async () => {
    const { stub, liveperson } = await setUp({ requestTimeoutMs: 300 });
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    await session.requestUploadUrl({ sizeBytes: 1, fileType: 'PNG' });
    for (const socket of stub.sockets) socket.pause();
    // They are patient: one that gives up takes the socket down, and a publish that was not sent finds another.
    const patient = new AbortController();
    setMaxListeners(0, patient.signal);
    const jam = Array.from({ length: 40 }, (_, i) =>
      session
        .requestDownloadUrl(`/v1/a/${i}${'x'.repeat(500_000)}`, { timeoutMs: 60_000, signal: patient.signal })
        .catch(() => undefined),
    );
    await new Promise((resolve) => setImmediate(resolve));
    const permit = jest.fn();
    await expect(session.publishFile({ ...FILE, permit })).rejects.toMatchObject({ code: 'MESSAGING_UNAVAILABLE' });
    expect(permit).not.toHaveBeenCalled();
    patient.abort();
    await Promise.all(jam);
  });

  it('ends with the reason of its signal and takes the socket down, so that no frame leaves afterwards', async () => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = (frame) => frame.type === PUBLISH;
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    const abort = new AbortController();
    const published = session.publishFile({ ...FILE, signal: abort.signal });
    await until(() => stub.framesOf(PUBLISH).length === 1, 'the frame');
    abort.abort(new Error('cancelled'));
    await expect(published).rejects.toThrow('cancelled');
    await until(() => stub.sockets.size === 0, 'the reset');
  });

  it.each([
    [200, {}],
    [200, { sequence: -1 }],
    [200, 'OK'],
    [undefined, { sequence: 3 }],
    ['maybe', { sequence: 3 }],
  ])('answered with code %j and body %j is neither a success nor a failure: ANSWER_LOST', async (code, body) => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = (frame) => {
      reply(frame, code, body);
      return true;
    };
    await expect(liveperson.session(stub.account, tokenOf('sub-1')).publishFile(FILE)).rejects.toMatchObject({
      code: 'ANSWER_LOST',
    });
  });

  it.each([
    [400, { title: 'Conversation closed', details: 'The dialog is closed.', errorCode: 40_016 }, 'CONVERSATION_CLOSED'],
    [400, 'Dialog is in CLOSE state', 'CONVERSATION_CLOSED'],
    [403, { title: 'Not a participant' }, 'NOT_PARTICIPANT'],
    [404, 'No such conversation', 'CONVERSATION_UNKNOWN'],
    [400, { error: { message: 'Object is corrupted' } }, 'REQUEST_REFUSED'],
    [401, null, 'TOKEN_EXPIRED'],
    [429, {}, 'THROTTLED'],
    [500, [], 'MESSAGING_UNAVAILABLE'],
    [302, {}, 'PROTOCOL_ERROR'],
  ] as const)('answered with %i %j fails with %s', async (code, body, expected) => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = (frame) => {
      reply(frame, code, body);
      return true;
    };
    await expect(liveperson.session(stub.account, tokenOf('sub-1')).publishFile(FILE)).rejects.toMatchObject({
      code: expected,
    });
  });
});

it('waits at least a second after a 429, and not all at the same moment', async () => {
  const { stub, liveperson } = await setUp();
  stub.onFrame = (frame) => {
    reply(frame, 429, { title: 'Too many requests' });
    return true;
  };
  const session = liveperson.session(stub.account, tokenOf('sub-1'));
  const pauses: number[] = [];
  for (let i = 0; i < 20; i++) {
    const error = await failsWith(session.publishFile(FILE), 'THROTTLED');
    pauses.push(error.retryAfterMs ?? 0);
  }
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1_000);
  expect(new Set(pauses).size).toBeGreaterThan(5);
});

describe('creating a conversation', () => {
  it('asks with skill and brand', async () => {
    const { stub, liveperson } = await setUp();
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    expect(await session.createConversation({ skillId: '-1' })).toEqual({ conversationId: 'conversation-1' });
    expect(stub.framesOf(CREATE)[0]?.body).toMatchObject({ skillId: '-1', brandId: '12345678' });
  });

  it('is never repeated: a lost answer, a conversation that exists already and an id left out are ANSWER_LOST', async () => {
    const { stub, liveperson } = await setUp();
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    const lost = { code: 'ANSWER_LOST' };
    const answer = (act: (frame: SeenFrame) => void) => (frame: SeenFrame) => {
      if (frame.type === CREATE) act(frame);
      return frame.type === CREATE;
    };
    stub.onFrame = answer((frame) => frame.socket.terminate());
    await expect(session.createConversation({ skillId: '-1' })).rejects.toMatchObject(lost);
    stub.onFrame = answer((frame) => reply(frame, 409, { title: 'Conversation exists' }));
    await expect(session.createConversation({ skillId: '-1' })).rejects.toMatchObject(lost);
    stub.onFrame = answer((frame) => reply(frame, 200, {}));
    await expect(session.createConversation({ skillId: '-1' })).rejects.toMatchObject(lost);
    stub.onFrame = answer(() => undefined);
    await expect(session.createConversation({ skillId: '-1', timeoutMs: 50 })).rejects.toMatchObject(lost);
    expect(stub.framesOf(CREATE)).toHaveLength(4);
  });
});

describe('a socket on which nothing was answered yet', () => {
  it('is asked for its clock before a publish, so that an expired token is found out before permission', async () => {
    const { stub, liveperson } = await setUp();
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    stub.onFrame = (frame) => {
      frame.socket.close(4401);
      return true;
    };
    const permit = jest.fn();
    await expect(session.publishFile({ ...FILE, permit })).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(permit).not.toHaveBeenCalled();
    expect(stub.frames.map((frame) => frame.type)).toEqual(['GetClock']);
  });

  it('may refuse GetClock and is good for a publish all the same', async () => {
    const { stub, liveperson } = await setUp();
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    stub.onFrame = (frame) => {
      if (frame.type === 'GetClock') reply(frame, 429, 'slow down');
      return frame.type === 'GetClock';
    };
    expect(await session.publishFile(FILE)).toEqual({ sequence: 3 });
  });

  it('may go away before the frame is sent: the publish goes over the next, with one permission', async () => {
    const { stub, liveperson } = await setUp();
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    stub.onFrame = (frame) => {
      if (frame.type === 'GetClock' && stub.upgrades.length === 1) frame.socket.terminate();
      return stub.upgrades.length === 1;
    };
    const permit = jest.fn();
    expect(await session.publishFile({ ...FILE, permit })).toEqual({ sequence: 3 });
    expect(permit).toHaveBeenCalledTimes(1);
    expect(stub.framesOf(PUBLISH)).toHaveLength(1);
  });
});
