import { failsWith, setUp, tearDown, until } from './support/harness';
import { notifyConversations, reply, tokenOf, type SeenFrame } from './support/stub';

afterEach(tearDown);

const SUBSCRIBE = 'cqm.SubscribeExConversations';

function change(convId: string, state: string, more: Record<string, unknown> = {}, type = 'UPSERT'): object {
  const { lastUpdateTime = 1_000, ...details } = more;
  return { type, result: { convId, lastUpdateTime, conversationDetails: { state, startTs: 500, ...details } } };
}

/** Answers a subscription in the given way and everything else by default. */
function onSubscribe(handle: (frame: SeenFrame) => void): (frame: SeenFrame) => boolean {
  return (frame) => {
    if (frame.type !== SUBSCRIBE) return false;
    handle(frame);
    return true;
  };
}

const accept = (frame: SeenFrame): void => reply(frame, 200, { subscriptionId: 'subscription-1' });

describe('the conversations of a consumer', () => {
  it('are known as soon as the first notification and a GetClock have come, without a pause', async () => {
    const { stub, liveperson } = await setUp();
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    const before = performance.now();
    expect(await session.conversations()).toEqual([]);
    expect(performance.now() - before).toBeLessThan(900);
    expect(stub.framesOf(SUBSCRIBE)[0]?.body).toEqual({ minLastUpdatedTime: 0, convState: ['OPEN', 'CLOSE'] });
    await until(() => stub.framesOf('cqm.UnsubscribeExConversations').length === 1, 'the unsubscription');
    expect(stub.framesOf('cqm.UnsubscribeExConversations')[0]?.body).toEqual({ subscriptionId: 'subscription-1' });
  });

  it.each([
    ['a thousand notices', 1_001, 10],
    ['8 MB of notices', 12, 800_000],
  ])('are given up after %s that come while the request waits', async (_, count, size) => {
    const { stub, liveperson } = await setUp({ requestTimeoutMs: 60_000 });
    stub.onFrame = onSubscribe((frame) => {
      for (let sent = 0; sent < count; sent += 1) notifyConversations(frame, [{ filler: 'x'.repeat(size) }]);
    });
    const asking = liveperson.session(stub.account, tokenOf('sub-1')).conversations();
    expect((await failsWith(asking, 'PROTOCOL_ERROR')).message).toContain('1000 notices or 8 MB');
  });

  it('come newest first, with the main dialog of each', async () => {
    const { stub, liveperson } = await setUp();
    const dialogs = [
      { dialogId: 'survey', dialogType: 'POST_SURVEY' },
      { dialogId: 'main', dialogType: 'MAIN' },
    ];
    stub.onFrame = onSubscribe((frame) => {
      accept(frame);
      notifyConversations(frame, [
        change('old', 'CLOSE', { startTs: 100 }),
        change('new', 'OPEN', { startTs: 300, dialogs, participants: 'whatever' }),
        change('middle', 'OPEN', { startTs: 200, dialogs: { dialogId: 'single', dialogType: 'MAIN' } }),
      ]);
    });
    expect(await liveperson.session(stub.account, tokenOf('sub-1')).conversations()).toEqual([
      { conversationId: 'new', state: 'OPEN', dialogId: 'main', startedAtMs: 300 },
      { conversationId: 'middle', state: 'OPEN', dialogId: 'single', startedAtMs: 200 },
      { conversationId: 'old', state: 'CLOSE', dialogId: 'old', startedAtMs: 100 },
    ]);
  });

  it('may be told before the answer, twice, out of order, in several notifications and one change as an object', async () => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = onSubscribe((frame) => {
      notifyConversations(frame, change('a', 'CLOSE', { lastUpdateTime: 3_000 }));
      notifyConversations(frame, [change('foreign', 'OPEN')], 'subscription-of-somebody-else');
      accept(frame);
      notifyConversations(frame, [change('a', 'OPEN', { lastUpdateTime: 2_000 }), 'rubbish', { type: 'UPSERT' }]);
      notifyConversations(frame, [change('b', 'OPEN'), change('b', 'OPEN'), change('c', 'OPEN')]);
      notifyConversations(frame, [change('c', 'OPEN', { lastUpdateTime: 4_000 }, 'DELETE')]);
    });
    const found = await liveperson.session(stub.account, tokenOf('sub-1')).conversations();
    expect(found.map(({ conversationId, state }) => [conversationId, state])).toEqual([
      ['a', 'CLOSE'],
      ['b', 'OPEN'],
    ]);
  });

  it('count as closed in a state that we do not know', async () => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = onSubscribe((frame) => {
      accept(frame);
      notifyConversations(frame, [change('a', 'LOCKED'), change('b', 'OPEN', { stage: 'CLOSE' })]);
    });
    const found = await liveperson.session(stub.account, tokenOf('sub-1')).conversations();
    expect(found.map((conversation) => conversation.state)).toEqual(['CLOSE', 'CLOSE']);
  });

  it('are waited for when the first notification comes late: "none" would make a second conversation', async () => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = (frame) => {
      if (frame.type === SUBSCRIBE) accept(frame);
      if (frame.type === 'GetClock') {
        reply(frame, 200, { currentTime: 1 });
        const [subscription] = stub.framesOf(SUBSCRIBE);
        setTimeout(() => subscription && notifyConversations(subscription, [change('late', 'OPEN')]), 1_200);
      }
      return true;
    };
    const found = await liveperson.session(stub.account, tokenOf('sub-1')).conversations();
    expect(found.map((conversation) => conversation.conversationId)).toEqual(['late']);
  });

  it('are asked for once by all who ask at the same time', async () => {
    const { stub, liveperson } = await setUp();
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    await Promise.all(Array.from({ length: 30 }, () => session.conversations()));
    expect(stub.framesOf(SUBSCRIBE)).toHaveLength(1);
  });

  it('are asked for again when the socket goes away before the first notification', async () => {
    const { stub, liveperson } = await setUp();
    let lost = false;
    stub.onFrame = (frame) => {
      if (lost || frame.type === SUBSCRIBE) return false;
      lost = frame.type === 'GetClock';
      frame.socket.terminate();
      return true;
    };
    expect(await liveperson.session(stub.account, tokenOf('sub-1')).conversations()).toEqual([]);
    expect(stub.upgrades).toHaveLength(2);
  });

  it('are known although GetClock is refused', async () => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = (frame) => {
      if (frame.type === 'GetClock') reply(frame, 429, 'slow down');
      return frame.type === 'GetClock';
    };
    expect(await liveperson.session(stub.account, tokenOf('sub-1')).conversations()).toEqual([]);
  });

  it.each([
    [429, 'THROTTLED'],
    [401, 'TOKEN_EXPIRED'],
    [400, 'REQUEST_REFUSED'],
    [200, 'PROTOCOL_ERROR'],
  ] as const)('fail after the answer %i (without a subscription) with %s', async (code, expected) => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = onSubscribe((frame) => reply(frame, code, {}));
    await expect(liveperson.session(stub.account, tokenOf('sub-1')).conversations()).rejects.toMatchObject({
      code: expected,
    });
  });
});
