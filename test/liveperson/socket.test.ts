import { failsWith, setUp, tearDown, until } from './support/harness';
import { makeJwt, reply, tokenOf, type SeenFrame } from './support/stub';

afterEach(tearDown);

const FILE = { sizeBytes: 4_821, fileType: 'PNG' };
const UPLOAD = 'ms.GenerateURLForUploadFile';

describe('the consumer socket', () => {
  it('is one for all who speak as the same consumer, opened with the documented path and header', async () => {
    const { stub, liveperson } = await setUp();
    const token = tokenOf('sub-1');
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => liveperson.session(stub.account, { ...token }).requestUploadUrl(FILE)),
    );
    expect(new Set(answers.map((answer) => answer.relativePath)).size).toBe(50);
    expect(stub.upgrades).toHaveLength(1);
    expect(stub.upgrades[0]?.url).toBe('/ws_api/account/12345678/messaging/consumer?v=3');
    expect(stub.upgrades[0]?.headers.authorization).toBe(`jwt ${token.jwt}`);
    expect(JSON.parse(String(stub.upgrades[0]?.headers['client-properties']))).toMatchObject({
      type: '.ClientProperties',
      features: ['PHOTO_SHARING'],
    });
    expect(stub.frames[0]?.body).toEqual({ fileSize: '4821', fileType: 'PNG' });
    expect(stub.frames.every((frame) => typeof frame.id === 'string')).toBe(true);
  });

  it('can introduce itself by InitConnection instead, and sends nothing before that is answered', async () => {
    const { stub, another } = await setUp();
    const liveperson = another({ socketAuthentication: 'init-connection' });
    let introduction: SeenFrame | undefined;
    stub.onFrame = (frame) => {
      if (frame.type !== 'InitConnection') return false;
      introduction = frame;
      return true;
    };
    const url = liveperson.session(stub.account, tokenOf('sub-1')).requestUploadUrl(FILE);
    await until(() => introduction !== undefined, 'InitConnection');
    expect(stub.upgrades[0]?.headers.authorization).toBeUndefined();
    expect(introduction?.headers).toEqual([
      expect.objectContaining({ type: '.ams.headers.ClientProperties' }),
      { type: '.ams.headers.ConsumerAuthentication', jwt: makeJwt('sub-1') },
    ]);
    expect(stub.frames).toHaveLength(1);
    if (introduction !== undefined) reply(introduction, 200, 'Connection initialised', '.ReqBody$StringResp');
    await expect(url).resolves.toHaveProperty('relativePath');
  });

  it('matches answers by reqId alone: out of order, with unknown types, numbers for strings, twice', async () => {
    const { stub, liveperson } = await setUp();
    const held: SeenFrame[] = [];
    stub.onFrame = (frame) => {
      held.push(frame);
      if (held.length < 3) return true;
      for (const each of held.reverse()) {
        const body = {
          relativePath: `/v1/a/${String(each.body['fileSize'])}`,
          queryParams: { temp_url_sig: 'f'.repeat(40), temp_url_expires: 1_700_000_060, extra: null },
          surprise: [1],
        };
        const answer = { kind: 'resp', reqId: Number(each.id), code: '200', body, type: 'never.SeenBefore', x: {} };
        each.socket.send('{"kind":"notification","type":"x.Unknown","body":{"changes":7}}');
        each.socket.send('no json');
        each.socket.send('{"kind":"resp","reqId":"999999","code":200}');
        each.socket.send(JSON.stringify(answer));
        each.socket.send(JSON.stringify({ ...answer, code: 500 }));
      }
      return true;
    };
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    const sizes = [11, 22, 33];
    const answers = await Promise.all(sizes.map((sizeBytes) => session.requestUploadUrl({ ...FILE, sizeBytes })));
    expect(answers).toEqual(
      sizes.map((size) => ({
        relativePath: `/v1/a/${size}`,
        queryParams: { temp_url_sig: 'f'.repeat(40), temp_url_expires: '1700000060' },
      })),
    );
  });

  it.each([
    [{ relativePath: 'v1/a/x' }, 'UNTRUSTED_HOST'],
    [{ relativePath: '//evil.example/v1/a' }, 'UNTRUSTED_HOST'],
    [{ relativePath: '/v1//evil' }, 'UNTRUSTED_HOST'],
    [{ relativePath: '@evil.example/v1/a' }, 'UNTRUSTED_HOST'],
    [{ relativePath: '/v1/a/../../v2' }, 'UNTRUSTED_HOST'],
    [{ relativePath: '/v1/a/%2e%2e/%2E%2E/v2' }, 'UNTRUSTED_HOST'],
    [{ relativePath: '/v1/a/.%2E/v2' }, 'UNTRUSTED_HOST'],
    [{ relativePath: '/v1/a/x%2f..%2Fv2' }, 'UNTRUSTED_HOST'],
    [{ relativePath: '/v1/%2E%2e' }, 'UNTRUSTED_HOST'],
    [{ relativePath: '/v1/a?temp_url_sig=x' }, 'UNTRUSTED_HOST'],
    [{ relativePath: '/v1/a\r\nHost: evil' }, 'UNTRUSTED_HOST'],
    [{ relativePath: 7 }, 'PROTOCOL_ERROR'],
    [{ queryParams: { temp_url_sig: 'x' } }, 'PROTOCOL_ERROR'],
    [{ queryParams: { temp_url_sig: 'x', temp_url_expires: 'soon' } }, 'PROTOCOL_ERROR'],
    [{ queryParams: { temp_url_sig: ['x'], temp_url_expires: '1' } }, 'PROTOCOL_ERROR'],
    [{ queryParams: null }, 'PROTOCOL_ERROR'],
  ] as const)('refuses an upload link with %j', async (part, code) => {
    const { stub, liveperson } = await setUp();
    const good = { relativePath: '/v1/a/x', queryParams: { temp_url_sig: 'canary', temp_url_expires: '1' } };
    stub.onFrame = (frame) => {
      reply(frame, 200, { ...good, ...part });
      return true;
    };
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    const error = await failsWith(session.requestUploadUrl(FILE), code);
    expect(JSON.stringify([error.message, error.details])).not.toContain('canary');
  });

  it('asks for a download link with the path, and takes no link to another file', async () => {
    const { stub, liveperson } = await setUp();
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    expect(await session.requestDownloadUrl('/v1/a/x.PNG')).toMatchObject({ relativePath: '/v1/a/x.PNG' });
    stub.onFrame = (frame) => {
      reply(frame, 200, { relativePath: '/v1/a/y', queryParams: { temp_url_sig: 's', temp_url_expires: '1' } });
      return true;
    };
    await expect(session.requestDownloadUrl('/v1/a/x.PNG')).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
    await expect(session.requestDownloadUrl('/v2/a/x.PNG')).rejects.toMatchObject({ code: 'UNTRUSTED_HOST' });
  });

  it('answers a thousand requests in flight at once', async () => {
    const { stub, liveperson } = await setUp();
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    const asked = Array.from({ length: 1_000 }, (_, i) => session.requestDownloadUrl(`/v1/a/${i}`));
    const answers = await Promise.all(asked);
    expect(answers.map((answer) => answer.relativePath)).toEqual(asked.map((_, i) => `/v1/a/${i}`));
    expect(stub.upgrades).toHaveLength(1);
  });
});

describe('a read whose socket goes away', () => {
  it('is asked again once on a new socket, and nobody notices', async () => {
    const { stub, liveperson } = await setUp();
    let lost = 0;
    stub.onFrame = (frame) => {
      if (lost++ > 0) return false;
      frame.socket.terminate();
      return true;
    };
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    await expect(session.requestUploadUrl(FILE)).resolves.toHaveProperty('relativePath');
    expect(stub.upgrades).toHaveLength(2);
  });

  it('fails after the second time', async () => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = (frame) => {
      frame.socket.close(1011);
      return true;
    };
    await expect(liveperson.session(stub.account, tokenOf('sub-1')).requestUploadUrl(FILE)).rejects.toMatchObject({
      code: 'MESSAGING_UNAVAILABLE',
    });
    expect(stub.framesOf(UPLOAD)).toHaveLength(2);
  });

  it.each([4401, 4407])('says that the token has expired when it closes with %i, to all who wait', async (code) => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = (frame) => {
      if (stub.frames.length === 5) frame.socket.close(code);
      return true;
    };
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    const asked = Array.from({ length: 5 }, () => failsWith(session.requestUploadUrl(FILE), 'TOKEN_EXPIRED'));
    await Promise.all(asked);
    expect(stub.upgrades).toHaveLength(1);
  });

  it('fails alone when its own answer is late, and leaves the others their socket', async () => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = (frame) => frame.body['fileType'] === 'GIF';
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    const late = session.requestUploadUrl({ ...FILE, fileType: 'GIF' }, { timeoutMs: 60 });
    await session.requestUploadUrl(FILE);
    await expect(late).rejects.toMatchObject({ code: 'MESSAGING_UNAVAILABLE' });
    await session.requestUploadUrl(FILE);
    expect(stub.upgrades).toHaveLength(1);
  });

  it.each([
    ['its beginning', (text: string) => text.slice(1)],
    ['its end', (text: string) => text.slice(0, -20)],
  ])('fails at once when its answer comes without %s, and leaves the others their socket', async (_, spoil) => {
    const { stub, liveperson } = await setUp({ requestTimeoutMs: 60_000 });
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    stub.onFrame = ({ id, body, socket }) => {
      const answer = { kind: 'resp', reqId: id, code: 200, body: { note: 'a "reqId":"1" in a text', y: 'yyyyyyyyyy' } };
      if (body['fileType'] === 'GIF') socket.send(spoil(JSON.stringify(answer)));
      return body['fileType'] === 'GIF';
    };
    await session.requestUploadUrl(FILE);
    await failsWith(session.requestUploadUrl({ ...FILE, fileType: 'GIF' }), 'PROTOCOL_ERROR');
    await session.requestUploadUrl(FILE);
    expect(stub.upgrades).toHaveLength(1);
  });

  it.each([
    ['two', '"kind":"resp","reqId":"1","x":{"reqId":"2"},"code":200}'],
    ['half a', '{"kind":"resp","code":200,"reqId":"1'],
    ['half a bare', '{"kind":"resp","code":200,"reqId":1'],
    ['no', 'no json'],
    ["a notification's", '"kind":"notification","reqId":"1","type":"x"}'],
  ])('is not ended by a frame that is not JSON and shows %s reqId', async (_, garbage) => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = (frame) => {
      frame.socket.send(garbage);
      return false;
    };
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    await expect(session.requestUploadUrl(FILE)).resolves.toHaveProperty('relativePath');
  });

  it('ends with the reason of its signal', async () => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = () => true;
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    const abort = new AbortController();
    const asked = session.requestUploadUrl(FILE, { signal: abort.signal });
    await until(() => stub.frames.length === 1, 'the frame');
    abort.abort(new Error('not wanted any more'));
    await expect(asked).rejects.toThrow('not wanted any more');
    await expect(session.requestUploadUrl(FILE, { signal: abort.signal })).rejects.toThrow('not wanted any more');
  });
});

describe('connecting', () => {
  it.each([
    [401, 'TOKEN_EXPIRED'],
    [403, 'REQUEST_REFUSED'],
    [429, 'THROTTLED'],
    [502, 'MESSAGING_UNAVAILABLE'],
    [503, 'MESSAGING_UNAVAILABLE'],
    [302, 'UNTRUSTED_HOST'],
  ] as const)('when the upgrade is answered with %i fails with %s, for all who wait', async (status, code) => {
    const { stub, liveperson } = await setUp();
    stub.upgradeStatus = status;
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    await Promise.all(Array.from({ length: 3 }, () => failsWith(session.requestUploadUrl(FILE), code)));
    expect(stub.upgrades).toHaveLength(1);
  });

  it('is not tried again at once by hundreds while the service is down, and works when it is back', async () => {
    const { stub, liveperson } = await setUp();
    stub.upgradeStatus = 503;
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    for (let i = 0; i < 100; i++)
      await expect(session.requestUploadUrl(FILE)).rejects.toMatchObject({ code: 'MESSAGING_UNAVAILABLE' });
    expect(stub.upgrades).toHaveLength(1);
    const held = await failsWith(session.requestUploadUrl(FILE), 'MESSAGING_UNAVAILABLE');
    expect(held.retryAfterMs).toBeGreaterThan(0);
    stub.upgradeStatus = null;
    await new Promise((resolve) => setTimeout(resolve, (held.retryAfterMs ?? 0) + 5));
    await expect(session.requestUploadUrl(FILE)).resolves.toHaveProperty('relativePath');
  });

  it('slows down at a service that takes everybody in and throws them out again', async () => {
    const { stub, liveperson } = await setUp();
    stub.onFrame = (frame) => {
      frame.socket.close(1011);
      return true;
    };
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    for (let i = 0; i < 50; i++) {
      await expect(session.requestUploadUrl(FILE)).rejects.toMatchObject({ code: 'MESSAGING_UNAVAILABLE' });
    }
    expect(stub.upgrades).toHaveLength(2);
  });

  it('gives up a service that takes the connection and says nothing', async () => {
    const { stub, liveperson } = await setUp({ connectTimeoutMs: 100 });
    stub.upgradeGate = new Promise(() => undefined);
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    await expect(session.requestUploadUrl(FILE)).rejects.toMatchObject({ code: 'MESSAGING_UNAVAILABLE' });
  });

  it('of one consumer never waits for the slow one of another', async () => {
    const { stub, liveperson } = await setUp();
    await liveperson.session(stub.account, tokenOf('quick')).requestUploadUrl(FILE);
    stub.upgradeGate = new Promise(() => undefined);
    const abort = new AbortController();
    const slow = liveperson.session(stub.account, tokenOf('slow')).requestUploadUrl(FILE, { signal: abort.signal });
    await until(() => stub.upgrades.length === 2, 'the second upgrade');
    const quick = await liveperson.session(stub.account, tokenOf('quick')).requestUploadUrl(FILE);
    expect(quick.relativePath).toMatch(/^\/v1\//);
    abort.abort(new Error('slow, as expected'));
    await expect(slow).rejects.toThrow('slow, as expected');
  });
});

describe('keeping the socket alive', () => {
  it('sends GetClock, and closes the socket when nobody uses it any more', async () => {
    const { stub, liveperson } = await setUp({ heartbeatMs: 20, idleCloseMs: 150 });
    await liveperson.session(stub.account, tokenOf('sub-1')).requestUploadUrl(FILE);
    await until(() => stub.framesOf('GetClock').length >= 2, 'two GetClocks');
    await until(() => stub.sockets.size === 0, 'the idle close');
    await liveperson.session(stub.account, tokenOf('sub-1')).requestUploadUrl(FILE);
    expect(stub.upgrades).toHaveLength(2);
  });

  it('cuts off a socket on which nothing comes in any more', async () => {
    const { stub, liveperson } = await setUp({ heartbeatMs: 30, heartbeatGraceMs: 30, requestTimeoutMs: 60_000 });
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    await session.requestUploadUrl(FILE);
    for (const socket of stub.sockets) socket.pause();
    // Asked again on a second socket, which answers.
    await expect(session.requestUploadUrl(FILE)).resolves.toHaveProperty('relativePath');
    expect(stub.upgrades).toHaveLength(2);
  });

  it('does not hold a refusal of GetClock against a socket that lives', async () => {
    const { stub, liveperson } = await setUp({ heartbeatMs: 20, heartbeatGraceMs: 20 });
    stub.onFrame = (frame) => {
      if (frame.type === 'GetClock') reply(frame, 429, { title: 'Too many', errorCode: 42_901 });
      return frame.type === 'GetClock';
    };
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    await session.requestUploadUrl(FILE);
    await until(() => stub.framesOf('GetClock').length >= 4, 'four GetClocks');
    await session.requestUploadUrl(FILE);
    expect(stub.upgrades).toHaveLength(1);
  });

  it('cuts off a socket whose goodbye is not answered', async () => {
    const { stub, liveperson } = await setUp();
    await liveperson.session(stub.account, tokenOf('sub-1')).requestUploadUrl(FILE);
    const goodbyes: number[] = [];
    // What ws calls when a close frame has come in, to answer it.
    for (const socket of stub.sockets) socket.close = (code = 0) => void goodbyes.push(code);
    await liveperson.close();
    await until(() => stub.sockets.size === 0, 'the cut');
    expect(goodbyes).toEqual([1000]);
  });

  it('leaves no socket behind when the library is closed', async () => {
    const { stub, liveperson } = await setUp();
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    await session.requestUploadUrl(FILE);
    await liveperson.close();
    await until(() => stub.sockets.size === 0, 'the close');
    await expect(session.requestUploadUrl(FILE)).rejects.toMatchObject({ code: 'MESSAGING_UNAVAILABLE' });
  });
});
