import { md5, type Talk } from './subject';

const BODY = 'the quick brown fox';
const ETAG = md5(BODY);

/** Every row of the tables of GET and HEAD, of their queries, and of DELETE and POST that can be made. */
export function getCases(talk: () => Talk): void {
  test('GET and HEAD: the same headers, and a body with GET alone', async () => {
    await talk().put('a.txt', BODY);
    const expires = Math.floor(Date.now() / 1000) + 60;
    const got = await talk().ask('GET', 'a.txt', { expires, headers: { 'Accept-Encoding': 'gzip' } });
    const headed = await talk().ask('HEAD', 'a.txt', { expires });
    expect([got.status, got.text, headed.status, headed.text]).toEqual([200, BODY, 200, '']);
    for (const { headers } of [got, headed]) {
      expect(headers).toMatchObject({
        'content-type': 'text/plain',
        etag: ETAG,
        'accept-ranges': 'bytes',
        'content-length': String(BODY.length),
        expires: new Date(expires * 1000).toUTCString(),
      });
      expect(headers['x-timestamp']).toMatch(/^\d+\.\d{5}$/);
      expect(Date.parse(headers['last-modified'] ?? '')).toBe(Math.ceil(Number(headers['x-timestamp'])) * 1000);
      expect(headers['content-encoding']).toBeUndefined();
      const name = talk().path('a.txt').split('/').at(-1);
      expect(headers['content-disposition']).toBe(`attachment; filename="${name}"; filename*=UTF-8''${name}`);
    }
  });

  test.each([
    ['HEAD', 'HEAD', 200],
    ['HEAD', 'GET', 200],
    ['HEAD', 'PUT', 200],
    ['HEAD', 'POST', 200],
    ['HEAD', 'DELETE', 401],
    ['GET', 'HEAD', 401],
    ['GET', 'PUT', 401],
    ['GET', 'get', 401],
    ['PUT', 'GET', 401],
    ['PUT', 'POST', 401],
    ['DELETE', 'PUT', 401],
  ])('%s with a signature for %s is %i', async (method, signedMethod, status) => {
    await talk().put('a', BODY);
    const answer = await talk().ask(method, 'a', { signedMethod, ...(method === 'PUT' ? { body: 'other' } : {}) });
    expect(answer.status).toBe(status);
    if (status !== 401) return;
    expect(answer.headers['www-authenticate']).toBe('Swift realm="unknown"');
    if (method !== 'HEAD') expect(answer.text).toBe('401 Unauthorized: Temp URL invalid\n');
    expect(await talk().content('a')).toBe(BODY);
  });

  test('Without a signature at all it is 401 in the name of the account', async () => {
    await talk().put('a', BODY);
    const answer = await talk().ask('GET', 'a', { query: '' });
    expect(answer.status).toBe(200);
    const { status, headers } = await fetch(new URL(talk().link('GET', talk().path('a'))).href.split('?')[0] ?? '');
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Swift realm="AUTH_async-images"']);
  });

  test('What is not there is 404, with a body for GET alone', async () => {
    const got = await talk().ask('GET', 'a');
    const headed = await talk().ask('HEAD', 'a');
    expect([got.status, headed.status, headed.text]).toEqual([404, 404, '']);
    expect(got.text).toContain('Not Found');
  });

  test.each([
    ['bytes=4-8', 206, 'bytes 4-8/19', 'quick'],
    ['bytes=10-', 206, 'bytes 10-18/19', 'brown fox'],
    ['bytes=-3', 206, 'bytes 16-18/19', 'fox'],
    ['bytes=-99', 206, 'bytes 0-18/19', BODY],
    ['bytes=16-99', 206, 'bytes 16-18/19', 'fox'],
    ['bytes=0-0', 206, 'bytes 0-0/19', 't'],
    ['bytes=5-2', 200, undefined, BODY],
    ['bytes=abc', 200, undefined, BODY],
    ['bytes=99-,0-2', 206, 'bytes 0-2/19', 'the'],
  ])('GET with Range: %s is %i', async (range, status, contentRange, text) => {
    await talk().put('a', BODY);
    const answer = await talk().ask('GET', 'a', { headers: { Range: range } });
    expect([answer.status, answer.headers['content-range'], answer.text]).toEqual([status, contentRange, text]);
    expect(answer.headers.etag).toBe(ETAG);
    expect(answer.headers['content-length']).toBe(String(text.length));
  });

  test.each([
    ['bytes=19-', BODY, 19],
    ['bytes=99-100', BODY, 19],
    ['bytes=-0', BODY, 19],
    ['bytes=0-', '', 0],
  ])('GET with Range: %s of %j is 416', async (range, body, size) => {
    await talk().put('a', body);
    const { status, headers } = await talk().ask('GET', 'a', { headers: { Range: range } });
    expect([status, headers['content-range']]).toEqual([416, `bytes */${size}`]);
    expect([headers['content-disposition'], headers.expires]).toEqual([undefined, undefined]);
  });

  test('GET of the last bytes of an empty object is 200', async () => {
    await talk().put('a', '');
    expect((await talk().ask('GET', 'a', { headers: { Range: 'bytes=-5' } })).status).toBe(200);
  });

  test('GET of several ranges comes in parts', async () => {
    await talk().put('a', BODY);
    const answer = await talk().ask('GET', 'a', { headers: { Range: 'bytes=0-2,4-8' } });
    const boundary = /^multipart\/byteranges;\s*boundary=(.+)$/.exec(answer.headers['content-type'] ?? '')?.[1];
    expect(answer.status).toBe(206);
    expect(boundary).toBeDefined();
    expect(answer.text.split(`--${boundary}`)).toHaveLength(4);
    expect(answer.text).toContain('Content-Range: bytes 4-8/19');
  });

  test('HEAD does not mind a Range', async () => {
    await talk().put('a', BODY);
    const { status, headers } = await talk().ask('HEAD', 'a', { headers: { Range: 'bytes=4-8' } });
    expect([status, headers['content-length']]).toEqual([200, '19']);
  });

  test.each([
    ['If-Range', '"other"', { Range: 'bytes=4-8' }, 206],
    ['If-Match', '"other"', {}, 412],
    ['If-Match', '"other"', { Range: 'bytes=4-8' }, 412],
    ['If-Match', `"${ETAG}"`, { Range: 'bytes=4-8' }, 206],
    ['If-None-Match', ETAG, {}, 304],
    ['If-None-Match', `"${ETAG}"`, {}, 304],
    ['If-None-Match', '*', {}, 304],
    ['If-None-Match', '"other"', {}, 200],
    ['If-Unmodified-Since', 'Thu, 01 Jan 2015 00:00:00 GMT', {}, 412],
    ['If-Modified-Since', 'Thu, 01 Jan 2015 00:00:00 GMT', {}, 200],
  ])('GET with %s: %s and %j is %i', async (name, value, more, status) => {
    await talk().put('a', BODY);
    const answer = await talk().ask('GET', 'a', { headers: { [name]: value, ...more } });
    expect(answer.status).toBe(status);
    expect(answer.headers.etag).toBe(ETAG);
    const text = { 200: BODY, 206: 'quick', 304: '', 412: '' }[status];
    expect(answer.text).toBe(text);
  });

  test('GET with If-Modified-Since of its own Last-Modified is 304', async () => {
    await talk().put('a', BODY);
    const since = (await talk().ask('HEAD', 'a')).headers['last-modified'] ?? '';
    expect((await talk().ask('GET', 'a', { headers: { 'If-Modified-Since': since } })).status).toBe(304);
  });

  test.each([
    ['&filename=My+Test+File.pdf', `attachment; filename="My Test File.pdf"; filename*=UTF-8''My%20Test%20File.pdf`],
    ['&inline', 'inline'],
    ['&inline=false', 'inline'],
    ['&inline&filename=a.png', `inline; filename="a.png"; filename*=UTF-8''a.png`],
    ['&whatever=1', null],
  ])('GET with the query %s says how to show it', async (query, disposition) => {
    await talk().put('a', BODY);
    const { status, headers } = await talk().ask('GET', 'a', { query });
    expect(status).toBe(200);
    if (disposition !== null) expect(headers['content-disposition']).toBe(disposition);
  });

  test('A file name in the query cannot break out of its header', async () => {
    await talk().put('a', BODY);
    const { headers } = await talk().ask('GET', 'a', { query: '&filename=a%22%0d%0ax-injected:%20b%C3%A9' });
    expect(headers['x-injected']).toBeUndefined();
    expect(headers['content-disposition']).toMatch(/^attachment; filename="a%22%0D%0Ax-injected%3A b%C3%A9"/);
  });

  test('DELETE takes the object away, once; a PUT brings it again', async () => {
    await talk().put('a', BODY);
    expect((await talk().ask('DELETE', 'a')).status).toBe(204);
    expect((await talk().ask('DELETE', 'a')).status).toBe(404);
    await talk().put('a', 'again');
    expect(await talk().content('a')).toBe('again');
  });

  test('POST replaces the metadata, drops a disposition and keeps the type and the content', async () => {
    await talk().put('a.PNG', BODY, { 'X-Object-Meta-Public-One': '1', 'Content-Disposition': 'inline' });
    const { status } = await talk().ask('POST', 'a.PNG', { headers: { 'X-Object-Meta-Public-Two': '2' } });
    expect(status).toBe(202);
    const { headers, text } = await talk().ask('GET', 'a.PNG');
    expect(headers).toMatchObject({ 'x-object-meta-public-two': '2', 'content-type': 'image/png' });
    expect(headers['x-object-meta-public-one']).toBeUndefined();
    expect(headers['content-disposition']).toMatch(/^attachment/);
    expect(text).toBe(BODY);
  });

  test.each(['PATCH', 'COPY'])('%s is 401', async (method) => {
    await talk().put('a', BODY);
    expect((await talk().ask(method, 'a')).status).toBe(401);
  });
}
