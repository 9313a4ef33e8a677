import { createHmac } from 'node:crypto';

import { cleanUp, sandbox, signedQuery } from './support/sandbox';
import { send } from './support/http';

afterEach(cleanUp);

const BODY = '0123456789';
const MD5 = '781e5e245d69b566979b86e28d23f2c7';

async function stored(name = 'a.png') {
  const own = await sandbox();
  await own.ask('PUT', name, { body: BODY });
  return own;
}

test('GET and HEAD carry what Swift sends: bare ETag, length, expiry, an attachment of the name', async () => {
  const { ask } = await stored();
  const expires = Math.floor(Date.now() / 1000) + 100;
  for (const method of ['GET', 'HEAD']) {
    const { status, headers, text } = await ask(method, 'a.png', { expires });
    expect(status).toBe(200);
    expect(text).toBe(method === 'GET' ? BODY : '');
    expect(headers).toMatchObject({
      etag: MD5,
      'content-length': '10',
      'content-type': 'image/png',
      'accept-ranges': 'bytes',
      'content-disposition': `attachment; filename="a.png"; filename*=UTF-8''a.png`,
      expires: new Date(expires * 1000).toUTCString(),
    });
    expect(headers['x-timestamp']).toMatch(/^\d+\.\d{5}$/);
    expect(Date.parse(headers['last-modified'] ?? '')).toBeGreaterThanOrEqual(Date.now() - 2000);
  }
});

test.each([
  ['bytes=2-4', '234', 'bytes 2-4/10'],
  ['bytes=7-', '789', 'bytes 7-9/10'],
  ['bytes=-3', '789', 'bytes 7-9/10'],
  ['bytes=-99', BODY, 'bytes 0-9/10'],
  ['bytes=5-99', '56789', 'bytes 5-9/10'],
  ['bytes=0-1,100-', '01', 'bytes 0-1/10'],
])('Range %s gives one part with its place and the whole object’s ETag', async (range, text, contentRange) => {
  const { ask } = await stored();
  const part = await ask('GET', 'a.png', { headers: { Range: range } });
  expect(part).toMatchObject({ status: 206, text });
  expect(part.headers).toMatchObject({ 'content-range': contentRange, etag: MD5, 'content-length': `${text.length}` });
});

test.each(['bytes=10-', 'bytes=-0', 'bytes=0-4,1-5,2-6,3-7'])('Range %s is 416 and says the size', async (range) => {
  const { ask } = await stored();
  const refused = await ask('GET', 'a.png', { headers: { Range: range } });
  expect(refused.status).toBe(416);
  expect(refused.headers['content-range']).toBe('bytes */10');
  expect(refused.headers['content-disposition'] ?? refused.headers.expires).toBeUndefined();
});

test.each(['bytes=5-2', 'abc', 'bytes=-', 'bytes=a-b', 'bytes=1-2,x'])(
  'a malformed Range (%s) is ignored',
  async (range) => {
    const { ask } = await stored();
    expect(await ask('GET', 'a.png', { headers: { Range: range } })).toMatchObject({ status: 200, text: BODY });
  },
);

test('several ranges come as multipart/byteranges of exactly the announced length', async () => {
  const { ask } = await stored();
  const answer = await ask('GET', 'a.png', { headers: { Range: 'bytes=0-1,4-5' } });
  const boundary = /^multipart\/byteranges;boundary=(\w{32})$/.exec(answer.headers['content-type'] ?? '')?.[1];
  expect(answer.status).toBe(206);
  expect(answer.text).toBe(
    [
      `--${boundary}\r\nContent-Type: image/png\r\nContent-Range: bytes 0-1/10\r\n\r\n01\r\n`,
      `--${boundary}\r\nContent-Type: image/png\r\nContent-Range: bytes 4-5/10\r\n\r\n45\r\n`,
      `--${boundary}--`,
    ].join(''),
  );
  expect(answer.headers['content-length']).toBe(String(answer.body.length));
});

test('of an empty object "from 0" is 416 and "the last five" is the whole', async () => {
  const { ask } = await sandbox();
  await ask('PUT', 'empty', { body: '' });
  expect((await ask('GET', 'empty', { headers: { Range: 'bytes=0-' } })).status).toBe(416);
  expect(await ask('GET', 'empty', { headers: { Range: 'bytes=-5' } })).toMatchObject({ status: 200, text: '' });
});

test('If-Match is the safe way to resume: the part while the object is the same, 412 once it is not', async () => {
  const { ask } = await stored();
  const resume = () => ask('GET', 'a.png', { headers: { Range: 'bytes=5-', 'If-Match': `"${MD5}"` } });
  expect(await resume()).toMatchObject({ status: 206, text: '56789' });
  await ask('PUT', 'a.png', { body: 'another' });
  const refused = await resume();
  expect(refused).toMatchObject({ status: 412, text: '' });
  expect(refused.headers.etag).toBe('b32d73e56ec99bc5ec8f83871cde708a');
});

test('If-Range is not known: the part comes even when the object has changed', async () => {
  const { ask } = await stored();
  const headers = { Range: 'bytes=0-1', 'If-Range': '"another"' };
  expect((await ask('GET', 'a.png', { headers })).status).toBe(206);
});

test('conditions by ETag and date give 304 and 412', async () => {
  const { ask } = await stored();
  const get = async (headers: Record<string, string>) => (await ask('GET', 'a.png', { headers })).status;
  const modified = (await ask('HEAD', 'a.png')).headers['last-modified'] ?? '';
  expect(await get({ 'If-None-Match': `"${MD5}"` })).toBe(304);
  expect(await get({ 'If-None-Match': MD5 })).toBe(304);
  expect(await get({ 'If-None-Match': '*' })).toBe(304);
  expect(await get({ 'If-None-Match': 'another' })).toBe(200);
  expect(await get({ 'If-Modified-Since': modified })).toBe(304);
  expect(await get({ 'If-Modified-Since': 'Thu, 01 Jan 2015 00:00:00 GMT' })).toBe(200);
  expect(await get({ 'If-Unmodified-Since': 'Thu, 01 Jan 2015 00:00:00 GMT' })).toBe(412);
  expect(await get({ 'If-Unmodified-Since': modified })).toBe(200);
});

test('Range on HEAD is ignored', async () => {
  const { ask } = await stored();
  const answer = await ask('HEAD', 'a.png', { headers: { Range: 'bytes=0-1' } });
  expect(answer.status).toBe(200);
  expect(answer.headers['content-length']).toBe('10');
});

test.each([
  ['&filename=My+Test+File.pdf', `attachment; filename="My Test File.pdf"; filename*=UTF-8''My%20Test%20File.pdf`],
  ['&inline=false', 'inline'],
  ['&inline&filename=a.png', `inline; filename="a.png"; filename*=UTF-8''a.png`],
  ['&filename=%C3%A9%22%0D%0Ax/..', `attachment; filename="%C3%A9%22%0D%0Ax/.."; filename*=UTF-8''%C3%A9%22%0D%0Ax/..`],
])('the query %s decides Content-Disposition, without leaving the value', async (query, disposition) => {
  const { ask } = await stored();
  expect((await ask('GET', 'a.png', { query })).headers['content-disposition']).toBe(disposition);
});

test('a stored Content-Disposition goes before the name', async () => {
  const { ask } = await sandbox();
  await ask('PUT', 'a', { headers: { 'Content-Disposition': 'inline; filename="b"' }, body: 'x' });
  expect((await ask('GET', 'a')).headers['content-disposition']).toBe('inline; filename="b"');
});

test('refusals: 404 with a line of HTML, 401 one and the same, HEAD without body, never Retry-After', async () => {
  const { ask, url } = await stored();
  const missing = await ask('GET', 'none');
  expect(missing).toMatchObject({
    status: 404,
    text: '<html><h1>Not Found</h1><p>The resource could not be found.</p></html>',
  });
  const forged = await ask('GET', 'a.png', { signedMethod: 'PUT' });
  const expired = await ask('GET', 'a.png', { expires: Math.floor(Date.now() / 1000) });
  for (const refused of [forged, expired]) {
    expect(refused).toMatchObject({ status: 401, text: '401 Unauthorized: Temp URL invalid\n' });
    expect(refused.headers['www-authenticate']).toBe('Swift realm="unknown"');
    expect(refused.headers['retry-after']).toBeUndefined();
  }
  expect(await ask('HEAD', 'a.png', { signedMethod: 'DELETE' })).toMatchObject({ status: 401, text: '' });
  const unsigned = await send('GET', `${url}/v1/AUTH_async-images/12345678/a.png`);
  expect(unsigned.status).toBe(401);
  expect(unsigned.headers['www-authenticate']).toBe('Swift realm="AUTH_async-images"');
  expect(unsigned.body).toHaveLength(131);
});

test('an expiry beyond what can be printed fails GET with 500, but not PUT', async () => {
  const { url, key } = await stored();
  const path = '/v1/AUTH_async-images/12345678/a.png';
  const far = (method: string) => {
    const sig = createHmac('sha1', key).update(`${method}\n1000000000000000000\n${path}`).digest('hex');
    return `${url}${path}?temp_url_sig=${sig}&temp_url_expires=1000000000000000000`;
  };
  expect((await send('PUT', far('PUT'), { body: 'x' })).status).toBe(201);
  expect(await send('GET', far('GET'))).toMatchObject({ status: 500, text: 'An error occurred' });
  const milliseconds = signedQuery(key, 'GET', path, { expires: 1_795_338_509_000 });
  expect((await send('GET', `${url}${path}?${milliseconds}`)).headers.expires).toMatch(/ 5886\d /);
});

test('X-Trans-Id-Extra is appended to the id of the answer', async () => {
  const { ask } = await stored();
  const { headers } = await ask('GET', 'a.png', { headers: { 'X-Trans-Id-Extra': 'mine' } });
  expect(headers['x-trans-id']).toMatch(/-mine$/);
});
