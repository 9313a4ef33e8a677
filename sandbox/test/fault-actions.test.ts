import { createHash } from 'node:crypto';

import { eventually, rawConnection, rawHead, send } from './support/http';
import { cleanUp, sandbox } from './support/sandbox';

afterEach(cleanUp);

const BODY = Buffer.alloc(300_000, 'ferry');
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');

async function withFault(at: string, action: unknown) {
  const own = await sandbox();
  await own.ask('PUT', 'a', { body: BODY });
  await own.faults({ at, do: action, times: 1 });
  return own;
}

describe('at put', () => {
  const stored = async (own: Awaited<ReturnType<typeof sandbox>>) => own.page('objects');

  test.each([
    [{ status: 503 }, 503, 'Service Unavailable'],
    [{ error: { code: 429 } }, 429, 'Too Many Requests'],
    ['expired', 401, '401 Unauthorized: Temp URL invalid\n'],
  ])('%j is answered and nothing is stored; the next request goes well', async (action, status, text) => {
    const own = await withFault('put', action);
    const answer = await own.ask('PUT', 'b', { body: BODY });
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
    expect(await stored(own)).toHaveLength(1);
    expect((await own.ask('PUT', 'b', { body: BODY })).status).toBe(201);
  });

  test.each(['drop-before', { closeCode: 4401 }, { resetAfterBytes: 100_000 }, { resetAfterBytes: 9_999_999 }])(
    '%j loses the connection without an answer and without an object',
    async (action) => {
      const own = await withFault('put', action);
      expect(await own.ask('PUT', 'b', { body: BODY })).toMatchObject({ status: 0, lost: expect.any(String) });
      expect(await stored(own)).toHaveLength(1);
    },
  );

  test('drop-after stores the object and loses the answer', async () => {
    const own = await withFault('put', 'drop-after');
    expect(await own.ask('PUT', 'b', { body: BODY })).toMatchObject({ status: 0, lost: 'ECONNRESET' });
    expect((await own.ask('HEAD', 'b', { signedMethod: 'PUT' })).headers.etag).toBe(md5(BODY));
  });

  test('corrupt stores other bytes of the same length and says their ETag; a given ETag is then 422', async () => {
    const own = await withFault('put', 'corrupt');
    const answer = await own.ask('PUT', 'b', { body: BODY });
    const { body } = await own.ask('GET', 'b');
    expect(answer).toMatchObject({ status: 201, headers: { etag: md5(body) } });
    expect(body).toHaveLength(BODY.length);
    expect(body.equals(BODY)).toBe(false);
    await own.faults({ at: 'put', do: 'corrupt' });
    expect((await own.ask('PUT', 'b', { headers: { ETag: md5(BODY) }, body: BODY })).status).toBe(422);
  });

  test('truncateAtBytes stores only so many and says their ETag', async () => {
    const own = await withFault('put', { truncateAtBytes: 1000 });
    const answer = await own.ask('PUT', 'b', { body: BODY });
    expect(answer).toMatchObject({ status: 201, headers: { etag: md5(BODY.subarray(0, 1000)) } });
    expect((await own.ask('GET', 'b')).body).toHaveLength(1000);
  });

  test('a delay comes before the request is looked at, so that its URL can expire in it', async () => {
    const own = await withFault('put', { delayMs: 1100 });
    const expires = Math.floor(Date.now() / 1000) + 1;
    expect((await own.ask('PUT', 'b', { body: BODY, expires })).status).toBe(401);
  });

  test('a delay comes before "100 Continue"', async () => {
    const own = await withFault('put', { delayMs: 150 });
    const connection = await rawConnection(own.url);
    const begun = Date.now();
    connection.write(rawHead('PUT', own.link('PUT', 'b'), { Expect: '100-continue', 'Content-Length': 1 }));
    await eventually(() => connection.received().startsWith('HTTP/1.1 100'));
    expect(Date.now() - begun).toBeGreaterThanOrEqual(149);
    connection.reset();
  });
});

describe('at get', () => {
  test('truncateAtBytes ends short of the announced length', async () => {
    const own = await withFault('get', { truncateAtBytes: 1000 });
    const answer = await own.ask('GET', 'a');
    expect(answer).toMatchObject({ status: 200, lost: 'ECONNRESET' });
    expect(answer.headers['content-length']).toBe(String(BODY.length));
    expect(answer.body.equals(BODY.subarray(0, 1000))).toBe(true);
  });

  test('resetAfterBytes resets the connection after so many bytes, counted from the start of this body', async () => {
    const own = await withFault('get', { resetAfterBytes: 1000 });
    const answer = await own.ask('GET', 'a', { headers: { Range: 'bytes=5-' } });
    expect(answer).toMatchObject({ status: 206, lost: 'ECONNRESET' });
    expect(answer.body.equals(BODY.subarray(5, 1005))).toBe(true);
  });

  test('corrupt flips bytes on the way; the object is whole', async () => {
    const own = await withFault('get', 'corrupt');
    const answer = await own.ask('GET', 'a');
    expect(answer.headers.etag).toBe(md5(BODY));
    expect(answer.body).toHaveLength(BODY.length);
    expect(answer.body.equals(BODY)).toBe(false);
    expect((await own.ask('GET', 'a')).body.equals(BODY)).toBe(true);
  });

  test.each(['drop-before', 'drop-after', { closeCode: 1011 }])('%j gives no answer', async (action) => {
    const own = await withFault('get', action);
    expect(await own.ask('GET', 'a')).toMatchObject({ status: 0, lost: expect.any(String) });
  });

  test.each([
    [{ status: 503 }, 503],
    [{ error: { code: 500 } }, 500],
    ['expired', 401],
  ])('%j is answered', async (action, status) => {
    const own = await withFault('get', action);
    expect((await own.ask('GET', 'a')).status).toBe(status);
  });
});

describe('at head', () => {
  test.each([
    [{ status: 503 }, 503],
    [{ error: { code: 404 } }, 404],
    ['expired', 401],
  ])('%j is answered without a body', async (action, status) => {
    const own = await withFault('head', action);
    expect(await own.ask('HEAD', 'a')).toMatchObject({ status, text: '' });
  });

  test.each(['drop-before', 'drop-after', { closeCode: 1011 }, { resetAfterBytes: 0 }])(
    '%j gives no answer',
    async (action) => {
      const own = await withFault('head', action);
      expect((await own.ask('HEAD', 'a')).status).toBe(0);
    },
  );

  test('corrupt tells another ETag, truncateAtBytes a smaller size', async () => {
    const own = await withFault('head', 'corrupt');
    const { etag } = (await own.ask('HEAD', 'a')).headers;
    expect(etag).toMatch(/^[\da-f]{32}$/);
    expect(etag).not.toBe(md5(BODY));
    await own.faults({ at: 'head', do: { truncateAtBytes: 10 } });
    expect((await own.ask('HEAD', 'a')).headers['content-length']).toBe('10');
  });
});

describe('at the routes of the messaging side', () => {
  const DISCOVERY = '/api/account/12345678/service/baseURI.json?version=1.0';
  const SIGNUP = '/api/account/12345678/signup';

  test.each([
    [{ status: 503 }, 503],
    [{ error: { code: 429, errorCode: 42901, title: 'Slow down' } }, 429],
    ['expired', 401],
  ])('%j is answered as JSON without effect', async (action, status) => {
    const own = await sandbox();
    await own.faults({ at: 'csds', do: action, times: 1 });
    const answer = await send('GET', `${own.url}${DISCOVERY}`);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: status } });
    expect((await send('GET', `${own.url}${DISCOVERY}`)).status).toBe(200);
  });

  test.each(['drop-before', 'drop-after', { closeCode: 1011 }])('%j gives no answer', async (action) => {
    const own = await sandbox();
    await own.faults({ at: 'signup', do: action, times: 1 });
    expect(await send('POST', `${own.url}${SIGNUP}`)).toMatchObject({ status: 0, lost: expect.any(String) });
    expect((await send('POST', `${own.url}${SIGNUP}`)).status).toBe(200);
  });

  test.each([{ truncateAtBytes: 7 }, { resetAfterBytes: 7 }])('%j breaks off within the answer', async (action) => {
    const own = await sandbox();
    await own.faults({ at: 'csds', do: action, times: 1 });
    expect(await send('GET', `${own.url}${DISCOVERY}`)).toMatchObject({
      status: 200,
      text: '{"baseU',
      lost: 'ECONNRESET',
    });
  });

  test('corrupt makes the answer unreadable without changing its length', async () => {
    const own = await sandbox();
    const good = await send('GET', `${own.url}${DISCOVERY}`);
    await own.faults({ at: 'csds', do: 'corrupt', times: 1 });
    const bad = await send('GET', `${own.url}${DISCOVERY}`);
    expect(() => JSON.parse(bad.text) as unknown).toThrow(/JSON/);
    expect(bad.body).toHaveLength(good.body.length);
  });

  test('a delay holds up its own request alone, and ends with its client', async () => {
    const own = await sandbox();
    await own.faults({ at: 'csds', do: { delayMs: 600_000 }, times: 1 });
    const connection = await rawConnection(own.url);
    connection.write(`GET ${DISCOVERY} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    await eventually(async () => (await own.page('requests')).length === 1);
    expect((await send('GET', `${own.url}${DISCOVERY}`)).status).toBe(200);
    connection.reset();
    await own.close();
  });
});
