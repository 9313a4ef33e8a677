import {
  closeConsumers,
  connect,
  newConversation,
  openSocket,
  refusedStatus,
  signUp,
  socketUrl,
} from './support/consumer';
import { ACCOUNT, closeSites, openSite } from './support/site';

afterEach(async () => {
  closeConsumers();
  await closeSites();
});

const initWith = (jwt: string) => ({
  headers: [
    { type: '.ams.headers.ClientProperties', deviceFamily: 'OTHER', os: 'LINUX', features: ['PHOTO_SHARING'] },
    { type: '.ams.headers.ConsumerAuthentication', jwt },
  ],
});

describe('the door', () => {
  it('takes the token in the header in any case, and in the path', async () => {
    const site = await openSite();
    const jwt = await signUp(site);
    const sockets = [
      await openSocket(socketUrl(site), { headers: { Authorization: `jwt ${jwt}` } }),
      await openSocket(socketUrl(site), { headers: { Authorization: `JWT ${jwt}` } }),
      await openSocket(socketUrl(site, `/${jwt}?v=3`)),
    ];
    for (const socket of sockets) expect((await socket.request('GetClock')).code).toBe(200);
    expect(sockets).toHaveLength(3);
  });

  it('refuses a bad token, another site and another version with an HTTP status', async () => {
    const site = await openSite();
    const jwt = await signUp(site);
    const forged = `${jwt.slice(0, -6)}AAAAAA`;
    expect(await refusedStatus(socketUrl(site), { Authorization: 'jwt nonsense' })).toBe(401);
    expect(await refusedStatus(socketUrl(site), { Authorization: `jwt ${forged}` })).toBe(401);
    expect(await refusedStatus(socketUrl(site), { Authorization: `Bearer ${jwt}` })).toBe(401);
    expect(await refusedStatus(socketUrl(site, '/nonsense?v=3'))).toBe(401);
    expect(await refusedStatus(socketUrl(site, '?v=3', '999'), { Authorization: `jwt ${jwt}` })).toBe(401);
    expect(await refusedStatus(socketUrl(site, '?v=2'), { Authorization: `jwt ${jwt}` })).toBe(404);
  });

  it('lets InitConnection present the token and answers nothing but 401 before', async () => {
    const site = await openSite();
    const consumer = await openSocket(socketUrl(site));
    expect(await consumer.request('cm.ConsumerRequestConversation')).toMatchObject({
      code: 401,
      type: '.ReqBody$ErrorResp',
      body: { errorCode: 40_100 },
    });
    const answer = await consumer.request('InitConnection', undefined, initWith(await signUp(site)));
    expect(answer).toMatchObject({ kind: 'resp', code: 200, type: '.ReqBody$StringResp', body: expect.any(String) });
    expect((await consumer.request('cm.ConsumerRequestConversation')).code).toBe(200);
  });

  it('serves requests that were sent right behind InitConnection, in their order', async () => {
    const site = await openSite();
    const consumer = await openSocket(socketUrl(site));
    const jwt = await signUp(site);
    const answers = await Promise.all([
      consumer.request('GetClock'),
      consumer.request('InitConnection', undefined, initWith(jwt)),
      consumer.request('cm.ConsumerRequestConversation'),
      consumer.request('GetClock'),
    ]);
    expect(answers.map(({ code }) => code)).toEqual([401, 200, 200, 200]);
    expect(consumer.received).toEqual(answers);
  });

  it('answers a bad token in InitConnection with 401 and closes with 4401, also one that is too long', async () => {
    const site = await openSite();
    for (const jwt of ['nonsense', 'x'.repeat(2049)]) {
      const consumer = await openSocket(socketUrl(site));
      const answer = await consumer.request('InitConnection', undefined, initWith(jwt));
      expect(answer).toMatchObject({ code: 401, body: { errorCode: 40_103 } });
      expect(await consumer.closed).toBe(4401);
    }
  });

  it('closes with 4401 when no token is presented before the deadline, and not when one is', async () => {
    const site = await openSite({ behaviour: { initDeadlineMs: 100 } });
    const served = await connect(site);
    expect(await (await openSocket(socketUrl(site))).closed).toBe(4401);
    expect((await served.request('GetClock')).code).toBe(200);
  });

  it('closes with 1001 after the idle time, which pings and frames put off', async () => {
    const site = await openSite({ behaviour: { idleMs: 400 } });
    const [silent, pinging] = [await connect(site), await connect(site)];
    const pings = setInterval(() => pinging.ws.ping(), 50);
    try {
      expect(await silent.closed).toBe(1001);
      expect((await pinging.request('GetClock')).code).toBe(200);
    } finally {
      clearInterval(pings);
    }
    expect(await pinging.closed).toBe(1001);
  });
});

describe('framing', () => {
  it('takes ids as numbers and strings and always answers a string', async () => {
    const consumer = await connect(await openSite());
    consumer.ws.send('{"kind":"req","id":1,"type":"GetClock"}');
    consumer.ws.send('{"id":"one","type":"KeepAlive"}');
    expect(await consumer.incoming(({ reqId }) => reqId === '1')).toMatchObject({
      kind: 'resp',
      code: 200,
      type: 'GetClockResponse',
      body: { currentTime: expect.any(Number) },
    });
    expect((await consumer.incoming(({ reqId }) => reqId === 'one')).code).toBe(200);
  });

  it('answers an unknown request with 400, also one named like a property of every object', async () => {
    const consumer = await connect(await openSite());
    for (const type of ['ms.Nothing', 'constructor', '__proto__']) {
      expect(await consumer.request(type)).toMatchObject({ code: 400, type: '.ReqBody$ErrorResp' });
    }
  });

  it.each([
    ['a name with a leading dot', '{"kind":"req","id":"1","type":".GetClock"}'],
    ['no JSON', '{"kind":"req",'],
    ['no object', '[{"kind":"req","id":"1","type":"GetClock"}]'],
    ['no id', '{"kind":"req","type":"GetClock"}'],
    ['an id of more than 64 characters', JSON.stringify({ id: 'x'.repeat(65), type: 'GetClock' })],
  ])('closes with 1003 at a frame with %s', async (_what, text) => {
    const consumer = await connect(await openSite());
    consumer.ws.send(text);
    expect(await consumer.closed).toBe(1003);
    expect(consumer.received).toEqual([]);
  });

  it('closes with 1003 at a binary frame, after the answers to what came before', async () => {
    const consumer = await connect(await openSite());
    const answer = consumer.request('cm.ConsumerRequestConversation');
    consumer.ws.send(Buffer.from('{"id":"1","type":"GetClock"}'), { binary: true });
    expect((await answer).code).toBe(200);
    expect(await consumer.closed).toBe(1003);
  });

  it('takes frames up to 256 KiB and closes with 1009 above', async () => {
    const consumer = await connect(await openSite());
    const frame = (size: number) => {
      const empty = JSON.stringify({ id: 'big', type: 'KeepAlive', body: { fill: '' } });
      return empty.replace('""', `"${'x'.repeat(size - empty.length)}"`);
    };
    consumer.ws.send(frame(256 * 1024));
    expect((await consumer.incoming(({ reqId }) => reqId === 'big')).code).toBe(200);
    consumer.ws.send(frame(256 * 1024 + 1));
    expect(await consumer.closed).toBe(1009);
  });

  it('keeps several sockets of one consumer apart: each has its own subscriptions', async () => {
    const site = await openSite();
    const jwt = await signUp(site);
    const [one, two] = [await connect(site, jwt), await connect(site, jwt)];
    await one.request('cqm.SubscribeExConversations');
    await one.incoming(({ kind }) => kind === 'notification');
    const conversationId = await newConversation(two);
    const told = await one.incoming(({ body }) => body?.changes?.[0]?.result?.convId === conversationId);
    expect(told.type).toBe('cqm.ExConversationChangeNotification');
    await two.request('GetClock');
    expect(two.received.every(({ kind }) => kind === 'resp')).toBe(true);
  });
});

it('records every upgrade and frame, without a token', async () => {
  const site = await openSite();
  const jwt = await signUp(site);
  const consumer = await openSocket(socketUrl(site, `/${jwt}?v=3`));
  await consumer.request('GetClock');
  await consumer.request('ms.Nothing');
  const path = `/ws_api/account/${ACCOUNT}/messaging/consumer`;
  expect(site.requests).toMatchObject([
    { over: 'http', method: 'GET', path, status: 101, bytesIn: 0, bytesOut: 0 },
    { over: 'socket', type: 'GetClock', code: 200, bytesIn: expect.any(Number), bytesOut: expect.any(Number) },
    { over: 'socket', type: 'ms.Nothing', code: 400 },
  ]);
  expect(site.requests[1]?.bytesIn).toBeGreaterThan(30);
  expect(JSON.stringify(site.requests)).not.toContain(jwt);
});

it('leaves the upgrade of other paths to others', async () => {
  const site = await openSite();
  for (const url of [`/ws_api/account/${ACCOUNT}/messaging/agent/x?v=2.1`, '/', '//', undefined]) {
    expect(site.messaging.upgrade({ url } as never, {} as never, Buffer.alloc(0))).toBe(false);
  }
});
