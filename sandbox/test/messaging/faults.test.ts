import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { FaultAction } from '../../types';
import {
  closeConsumers,
  connect,
  enableFileSharing,
  newConversation,
  openSocket,
  refusedStatus,
  signUp,
  socketUrl,
  textEvent,
  uploaded,
  type Consumer,
} from './support/consumer';
import { closeSites, isGoodSignature, openSite, type Site } from './support/site';

afterEach(async () => {
  closeConsumers();
  await closeSites();
});

const ask = (consumer: Consumer) => consumer.request('cm.ConsumerRequestConversation');

/** Sends without waiting: for requests that get no answer. */
function sendOnly(consumer: Consumer, type = 'cm.ConsumerRequestConversation', body: object = {}): void {
  consumer.ws.send(JSON.stringify({ kind: 'req', id: 'lost', type, body }));
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('The condition did not come true within 5 s.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const codesOf = (site: Site, type: string) => site.requests.filter((one) => one.type === type).map(({ code }) => code);

describe('at the socket', () => {
  async function token(site: Site): Promise<Record<string, string>> {
    return { Authorization: `jwt ${await signUp(site)}` };
  }

  it('answers an upgrade with the status asked for, and then upgrades again', async () => {
    const site = await openSite();
    const headers = await token(site);
    site.fault('socket', { status: 503 }, 1);
    site.fault('socket', { error: { code: 429 } }, 1);
    site.fault('socket', 'corrupt', 1);
    expect(await refusedStatus(socketUrl(site), headers)).toBe(503);
    expect(await refusedStatus(socketUrl(site), headers)).toBe(429);
    expect(await refusedStatus(socketUrl(site), headers)).toBe(200);
    expect((await (await openSocket(socketUrl(site), { headers })).request('GetClock')).code).toBe(200);
    expect(site.requests.map(({ status }) => status).slice(0, 4)).toEqual([503, 429, 200, 101]);
  });

  it('loses the connection before the upgrade with drop-before, and right after it with drop-after', async () => {
    const site = await openSite();
    const headers = await token(site);
    site.fault('socket', 'drop-before', 1);
    const dropped = new WebSocket(socketUrl(site), { headers });
    const [error] = (await once(dropped, 'error')) as [Error];
    expect(error.message).toContain('socket hang up');
    site.fault('socket', 'drop-after', 1);
    const lost = await openSocket(socketUrl(site), { headers });
    expect(await lost.closed).toBe(1006);
  });

  it.each<[FaultAction, number]>([
    [{ closeCode: 4407 }, 4407],
    [{ closeCode: 1011 }, 1011],
    [{ closeCode: 1006 }, 1006],
    ['expired', 4401],
  ])('closes right after the upgrade for %j', async (action, code) => {
    const site = await openSite();
    site.fault('socket', action, 1);
    expect(await (await connect(site)).closed).toBe(code);
  });

  it('delays one upgrade without holding up others', async () => {
    const site = await openSite();
    const headers = await token(site);
    site.fault('socket', { delayMs: 300 }, 1);
    const order: string[] = [];
    const slow = openSocket(socketUrl(site), { headers }).then(() => order.push('slow'));
    await until(() => site.rules[0]?.times === 0);
    await openSocket(socketUrl(site), { headers }).then(() => order.push('other'));
    await slow;
    expect(order).toEqual(['other', 'slow']);
  });

  it.each<FaultAction>([{ resetAfterBytes: 200 }, { truncateAtBytes: 200 }])(
    'loses the connection once the socket has sent as much as %j says',
    async (action) => {
      const site = await openSite();
      site.fault('socket', action, 1);
      const consumer = await connect(site);
      expect((await consumer.request('GetClock')).code).toBe(200);
      sendOnly(consumer, 'GetClock');
      expect(await consumer.closed).toBe(1006);
      // The journal says what was sent: the second answer was not.
      const clocks = site.requests.filter(({ type }) => type === 'GetClock');
      expect(clocks.map(({ bytesOut }) => bytesOut > 0)).toEqual([true, false]);
    },
  );
});

describe('at a request', () => {
  const point = 'request:cm.ConsumerRequestConversation';

  it.each<[FaultAction, number, number]>([
    [{ error: { code: 429 } }, 429, 42_900],
    [{ error: { code: 400, errorCode: 40_001 } }, 400, 40_001],
    [{ status: 503 }, 503, 50_300],
  ])('answers %j with an error and without effect, as often as asked', async (action, code, errorCode) => {
    const site = await openSite();
    const consumer = await connect(site);
    site.fault(point, action, 2);
    expect(await ask(consumer)).toMatchObject({ code, type: '.ReqBody$ErrorResp', body: { errorCode } });
    expect((await ask(consumer)).code).toBe(code);
    expect(site.messaging.conversations()).toEqual([]);
    expect((await ask(consumer)).code).toBe(200);
    expect(codesOf(site, 'cm.ConsumerRequestConversation')).toEqual([code, code, 200]);
  });

  it('loses the connection without effect for drop-before', async () => {
    const site = await openSite();
    const consumer = await connect(site);
    site.fault(point, 'drop-before', 1);
    sendOnly(consumer);
    expect(await consumer.closed).toBe(1006);
    expect(site.messaging.conversations()).toEqual([]);
    expect(codesOf(site, 'cm.ConsumerRequestConversation')).toEqual([undefined]);
  });

  it.each<FaultAction>(['drop-after', { resetAfterBytes: 0 }])(
    'has the effect, on disk, and loses the answer for %j',
    async (action) => {
      const site = await openSite();
      const consumer = await connect(site);
      site.fault(point, action, 1);
      sendOnly(consumer);
      expect(await consumer.closed).toBe(1006);
      expect(consumer.received).toEqual([]);
      expect(site.messaging.conversations()).toHaveLength(1);
      expect(codesOf(site, 'cm.ConsumerRequestConversation')).toEqual([200]);
    },
  );

  it.each<[FaultAction, number]>([
    [{ closeCode: 4401 }, 4401],
    ['expired', 4401],
  ])('closes without effect for %j', async (action, code) => {
    const site = await openSite();
    const consumer = await connect(site);
    site.fault(point, action, 1);
    sendOnly(consumer);
    expect(await consumer.closed).toBe(code);
    expect(site.messaging.conversations()).toEqual([]);
  });

  it('does not look at requests behind the one at which it lost the connection', async () => {
    const site = await openSite();
    const consumer = await connect(site);
    site.fault('request:GetClock', 'drop-before', 1);
    sendOnly(consumer, 'GetClock');
    sendOnly(consumer);
    await consumer.closed;
    await until(() => site.requests.length === 3);
    expect(site.messaging.conversations()).toEqual([]);
  });

  it('looks at a delayed request after the delay, while later ones of the same socket overtake it', async () => {
    const site = await openSite();
    const consumer = await connect(site);
    site.fault(point, { delayMs: 200 }, 1);
    const started = Date.now();
    const late = ask(consumer);
    expect((await consumer.request('GetClock')).code).toBe(200);
    expect(site.messaging.conversations()).toEqual([]);
    expect((await late).code).toBe(200);
    expect(Date.now() - started).toBeGreaterThanOrEqual(195);
    expect(consumer.received.map(({ type }) => type)).toEqual(['GetClockResponse', 'cm.RequestConversationResponse']);
  });

  it('drops a delayed request unread when its connection has gone meanwhile', async () => {
    const site = await openSite();
    const consumer = await connect(site);
    site.fault(point, { delayMs: 100 }, 1);
    sendOnly(consumer);
    await consumer.request('GetClock');
    consumer.ws.terminate();
    await until(() => codesOf(site, 'cm.ConsumerRequestConversation').length === 1);
    expect(codesOf(site, 'cm.ConsumerRequestConversation')).toEqual([undefined]);
    expect(site.messaging.conversations()).toEqual([]);
  });

  it('serves what was sent before its connection went, when nothing delayed it', async () => {
    const site = await openSite();
    const consumer = await connect(site);
    sendOnly(consumer);
    consumer.ws.close();
    await consumer.closed;
    await until(() => site.messaging.conversations().length === 1);
    expect(codesOf(site, 'cm.ConsumerRequestConversation')).toEqual([200]);
  });

  it.each<FaultAction>(['corrupt', { truncateAtBytes: 10 }])(
    'answers with text that is not JSON for %j',
    async (action) => {
      const site = await openSite();
      const consumer = await connect(site);
      site.fault('request:GetClock', action, 1);
      consumer.ws.removeAllListeners('message');
      const message = once(consumer.ws, 'message');
      sendOnly(consumer, 'GetClock');
      const [data] = (await message) as [Buffer];
      expect(() => JSON.parse(data.toString()) as unknown).toThrow(SyntaxError);
    },
  );

  it('can refuse InitConnection, after which the socket is still without identity', async () => {
    const site = await openSite();
    const jwt = await signUp(site);
    site.fault('request:InitConnection', { error: { code: 500 } }, 1);
    const consumer = await openSocket(socketUrl(site));
    const headers = [{ type: '.ams.headers.ConsumerAuthentication', jwt }];
    expect((await consumer.request('InitConnection', undefined, { headers })).code).toBe(500);
    expect((await consumer.request('GetClock')).code).toBe(401);
    expect((await consumer.request('InitConnection', undefined, { headers })).code).toBe(200);
  });

  it('tells a live message to other sockets although its author lost the answer', async () => {
    const site = await openSite();
    const jwt = await signUp(site);
    const [author, reader] = [await connect(site, jwt), await connect(site, jwt)];
    const dialogId = await newConversation(author);
    await reader.request('ms.SubscribeMessagingEvents', { dialogId });
    site.fault('request:ms.PublishEvent', 'drop-after', 1);
    sendOnly(author, 'ms.PublishEvent', textEvent(dialogId));
    await author.closed;
    const told = await reader.incoming(({ type }) => type === 'ms.MessagingEventNotification');
    expect(told.body.changes).toMatchObject([{ sequence: 0 }]);
  });
});

describe('at a signed URL', () => {
  it.each(['ms.GenerateURLForUploadFile', 'ms.GenerateURLForDownloadFile'])(
    'gives an expired or a wrongly signed one for %s',
    async (type) => {
      const site = await openSite();
      await enableFileSharing(site);
      const consumer = await connect(site);
      const known = await uploaded(site, consumer);
      const method = type.includes('Upload') ? 'PUT' : 'GET';
      const urlOf = async () => {
        const { body } = await consumer.request(type, { fileSize: 10, fileType: 'PNG', relativePath: known });
        const { relativePath, queryParams } = body as { relativePath: string; queryParams: Record<string, string> };
        const isExpired = Number(queryParams['temp_url_expires']) * 1000 < Date.now();
        return { isExpired, isGood: isGoodSignature(method, relativePath, queryParams) };
      };
      site.fault(`request:${type}`, 'expired', 1);
      site.fault(`request:${type}`, 'corrupt', 1);
      expect(await urlOf()).toEqual({ isExpired: true, isGood: true });
      expect(await urlOf()).toEqual({ isExpired: false, isGood: false });
      expect(await urlOf()).toEqual({ isExpired: false, isGood: true });
    },
  );
});

it('ends with 1001 on its sockets, without waiting for delayed upgrades and requests', async () => {
  const site = await openSite();
  const consumer = await connect(site);
  site.fault('request:GetClock', { delayMs: 60_000 });
  site.fault('socket', { delayMs: 60_000 });
  sendOnly(consumer, 'GetClock');
  const waiting = new WebSocket(socketUrl(site));
  const failed = once(waiting, 'error');
  await consumer.request('KeepAlive');
  const started = Date.now();
  await site.messaging.close();
  await failed;
  expect(Date.now() - started).toBeLessThan(2000);
  expect(await consumer.closed).toBe(1001);
});

it('ends without a peer that does not answer the close frame', async () => {
  const site = await openSite();
  const consumer = await connect(site);
  consumer.ws.pause();
  const started = Date.now();
  await site.messaging.close();
  expect(Date.now() - started).toBeLessThan(3000);
});
