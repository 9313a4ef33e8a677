import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { eventually, rawConnection, rawHead, send } from './support/http';
import { cleanUp, sandbox, signedQuery } from './support/sandbox';

afterEach(cleanUp);

const HELLO_MD5 = '5d41402abc4b2a76b9719d911017c592';

const md5 = (bytes: string | Buffer) => createHash('md5').update(bytes).digest('hex');

test('a PUT is answered 201 with the bare MD5 of what was stored, and what was stored comes back', async () => {
  const { ask, page } = await sandbox();
  const bytes = Buffer.alloc(3_000_000, 'ferry');
  const stored = await ask('PUT', 'a.PNG', { body: bytes });
  expect(stored.status).toBe(201);
  expect(stored.headers).toMatchObject({ etag: md5(bytes), 'content-length': '0' });
  expect(stored.headers['x-trans-id']).toMatch(/^tx[\da-f-]+$/);
  expect(stored.headers['x-openstack-request-id']).toBe(stored.headers['x-trans-id']);
  const fetched = await ask('GET', 'a.PNG');
  expect(fetched.body.equals(bytes)).toBe(true);
  expect(await page('objects')).toEqual([
    { relativePath: '/v1/AUTH_async-images/12345678/a.PNG', sizeBytes: 3_000_000, md5: md5(bytes) },
  ]);
});

test('a PUT URL is good for any number of PUTs, and for looking at the result', async () => {
  const { link, ask } = await sandbox();
  const url = link('PUT', 'a');
  for (const body of ['one', 'two']) expect((await send('PUT', url, { body })).status).toBe(201);
  expect((await send('HEAD', url)).headers).toMatchObject({ etag: md5('two'), 'content-length': '3' });
  expect((await ask('GET', 'a')).text).toBe('two');
});

test('a body in chunks is stored without a length', async () => {
  const { ask } = await sandbox();
  const headers = { 'Transfer-Encoding': 'chunked' };
  expect((await ask('PUT', 'a', { headers, body: 'hello' })).headers.etag).toBe(HELLO_MD5);
});

test('with both a length and chunks the chunks win', async () => {
  const { url, link } = await sandbox();
  const connection = await rawConnection(url);
  const head = rawHead('PUT', link('PUT', 'a'), { 'Content-Length': 3, 'Transfer-Encoding': 'chunked' });
  connection.write(`${head}5\r\nhello\r\n0\r\n\r\n`);
  await eventually(() => connection.received().includes('\r\n\r\n'));
  expect(connection.received()).toContain(`Etag: ${HELLO_MD5}`);
  connection.end();
});

test.each([
  ['neither length nor chunks', {}, 411, 'Missing Content-Length header.'],
  ['more than 5 GiB', { 'Content-Length': 5_368_709_123 }, 413, 'Your request is too large.'],
  ['another transfer coding', { 'Transfer-Encoding': 'gzip' }, 400, 'Invalid Transfer-Encoding header value'],
])('%s is refused before any body', async (_name, headers, status, text) => {
  const { url, link } = await sandbox();
  const connection = await rawConnection(url);
  connection.write(rawHead('PUT', link('PUT', 'a'), headers));
  await eventually(() => connection.received().includes(text));
  expect(connection.received()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  connection.end();
});

test('an ETag that does not fit the body is 422, and the earlier object stays', async () => {
  const { ask } = await sandbox();
  await ask('PUT', 'a', { body: 'earlier' });
  for (const etag of ['wrong', HELLO_MD5.toUpperCase()]) {
    const refused = await ask('PUT', 'a', { headers: { ETag: etag }, body: 'hello' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Unable to process the contained instructions');
  }
  expect((await ask('GET', 'a')).text).toBe('earlier');
  for (const etag of [HELLO_MD5, `"${HELLO_MD5}"`]) {
    expect((await ask('PUT', 'a', { headers: { ETag: etag }, body: 'hello' })).status).toBe(201);
  }
});

test('If-None-Match protects an object that exists, knows only *, and If-Match is ignored', async () => {
  const { ask } = await sandbox();
  const put = (headers: Record<string, string>) => ask('PUT', 'a', { headers, body: 'x' });
  expect((await put({ 'If-None-Match': '*' })).status).toBe(201);
  expect((await put({ 'If-None-Match': '*' })).status).toBe(412);
  expect(await put({ 'If-None-Match': 'abc' })).toMatchObject({ status: 400, text: 'If-None-Match only supports *' });
  expect((await put({ 'If-Match': 'abc' })).status).toBe(201);
});

test('Content-Range is ignored: the object is the piece', async () => {
  const { ask } = await sandbox();
  await ask('PUT', 'a', { body: '0123456789abcdef' });
  await ask('PUT', 'a', { headers: { 'Content-Range': 'bytes 4-7/16' }, body: '4567' });
  expect((await ask('GET', 'a')).text).toBe('4567');
});

test('a bad signature is answered at once, while the body is still coming, and the connection goes on', async () => {
  const { url, link } = await sandbox();
  const connection = await rawConnection(url);
  const size = 8 << 20;
  connection.write(rawHead('PUT', link('PUT', 'a', { signedMethod: 'GET' }), { 'Content-Length': size }));
  await eventually(() => connection.received().includes('Temp URL invalid'));
  connection.write(Buffer.alloc(size));
  connection.write(rawHead('GET', link('GET', 'missing'), {}));
  await eventually(() => connection.received().includes('HTTP/1.1 404'));
  expect(connection.received()).toMatch(/^HTTP\/1.1 401 [^]*HTTP\/1.1 404 /);
  connection.end();
});

test('a client that asks first is told to go on only when nothing speaks against it', async () => {
  const { url, link, ask } = await sandbox();
  await ask('PUT', 'there', { body: 'x' });
  const cases: [string, Record<string, string | number>, string][] = [
    [link('PUT', 'a', { signedMethod: 'GET' }), {}, '401'],
    [link('PUT', 'there'), { 'If-None-Match': '*' }, '412'],
    [link('PUT', 'a'), { 'Content-Length': 5_368_709_123 }, '413'],
    [link('PUT', 'a'), {}, '100'],
  ];
  for (const [signed, headers, status] of cases) {
    const connection = await rawConnection(url);
    connection.write(rawHead('PUT', signed, { Expect: '100-continue', 'Content-Length': 5, ...headers }));
    const first = await eventually(() => /^HTTP\/1.1 (\d+) /.exec(connection.received())?.[1] ?? null);
    expect(first).toBe(status);
    if (status === '100') {
      connection.write('hello');
      await eventually(() => connection.received().includes('HTTP/1.1 201'));
    }
    connection.reset();
  }
});

test('a client that stops half-way gets 499 if it still reads; nothing is stored and the earlier object stays', async () => {
  const { url, link, ask, stateDir } = await sandbox();
  await ask('PUT', 'a', { body: 'earlier' });
  for (const body of [{ 'Content-Length': 10 }, { 'Transfer-Encoding': 'chunked' }]) {
    const connection = await rawConnection(url);
    connection.write(`${rawHead('PUT', link('PUT', 'a'), body)}5\r\nhel`);
    connection.end();
    await eventually(() => connection.received().startsWith('HTTP/1.1 499 Client Disconnect'));
    await connection.closed;
  }
  const gone = await rawConnection(url);
  gone.write(`${rawHead('PUT', link('PUT', 'a'), { 'Content-Length': 10 })}abc`);
  await eventually(async () => (await readdir(join(stateDir, 'incoming'))).length === 1);
  gone.reset();
  await eventually(async () => (await readdir(join(stateDir, 'incoming'))).length === 0);
  expect((await ask('GET', 'a')).text).toBe('earlier');
});

test('a client that stalls is given up with 499, one that is merely slow is not', async () => {
  const { url, link } = await sandbox({ clientTimeoutMs: 300 });
  const slow = await rawConnection(url);
  const stalled = await rawConnection(url);
  for (const [name, connection] of Object.entries({ slow, stalled })) {
    connection.write(`${rawHead('PUT', link('PUT', name), { 'Content-Length': 40 })}0123`);
  }
  let sent = 4;
  const timer = setInterval(() => {
    if (sent < 40) slow.write('x');
    sent += 1;
  }, 20);
  await eventually(() => stalled.received().startsWith('HTTP/1.1 499'));
  await stalled.closed;
  await eventually(() => slow.received() !== '');
  expect(slow.received()).toMatch(/^HTTP\/1.1 201 /);
  clearInterval(timer);
  slow.end();
});

test('bytes beyond the length are read as the next request, which is bad; the object is stored', async () => {
  const { url, link, ask } = await sandbox();
  const connection = await rawConnection(url);
  connection.write(`${rawHead('PUT', link('PUT', 'a'), { 'Content-Length': 5 })}helloSURPLUS\r\n\r\n`);
  await connection.closed;
  expect(connection.received()).toMatch(/^HTTP\/1.1 201 Created[^]*HTTP\/1.1 400 /);
  expect((await ask('GET', 'a')).text).toBe('hello');
});

test('names: other containers 404, other accounts 401, too long 400, not UTF-8 500, dots and slashes plain', async () => {
  const { url, key, ask, link } = await sandbox();
  const put = (path: string) => send('PUT', `${url}${path}?${signedQuery(key, 'PUT', path)}`, { body: 'x' });
  expect(await put('/v1/AUTH_async-images/other/a')).toMatchObject({ status: 404 });
  expect(await put('/v1/AUTH_other/12345678/a')).toMatchObject({ status: 401 });
  expect(await put('//v1/AUTH_async-images/12345678/a')).toMatchObject({ status: 401 });
  expect(await ask('PUT', 'n'.repeat(1025), { body: 'x' })).toMatchObject({
    status: 400,
    text: 'Object name length of 1025 longer than 1024',
  });
  expect((await ask('PUT', 'd/..//a é?#', { body: 'odd' })).status).toBe(201);
  expect((await ask('GET', 'd/..//a é?#')).text).toBe('odd');
  const connection = await rawConnection(url);
  connection.write(rawHead('GET', link('GET', 'x'), {}).replace('/x?', '/%ff?'));
  await connection.closed;
  expect(connection.received()).toMatch(/^HTTP\/1.1 500 [^]*An error occurred$/);
});

test('the content type is what was given, else guessed from the name', async () => {
  const { ask } = await sandbox();
  const typeOf = async (name: string, headers: Record<string, string>) => {
    await ask('PUT', name, { headers, body: 'x' });
    return (await ask('HEAD', name)).headers['content-type'];
  };
  expect(await typeOf('a.PNG', {})).toBe('image/png');
  expect(await typeOf('a.PNG', { 'Content-Type': '' })).toBe('image/png');
  expect(await typeOf('a.PNG', { 'Content-Type': 'not a type' })).toBe('not a type');
  expect(await typeOf('a.PNG', { 'Content-Type': 'text/plain', 'X-Detect-Content-Type': 'true' })).toBe('image/png');
  expect(await typeOf('a.unheard', {})).toBe('application/octet-stream');
});

test('metadata: what Swift keeps comes back, private metadata stays inside, pointers are refused', async () => {
  const { ask } = await sandbox();
  const kept = { 'Cache-Control': 'no-store', 'Content-Language': 'de', 'X-Object-Meta-Public-B': '2' };
  await ask('PUT', 'a', { headers: { ...kept, 'X-Object-Meta-A': '1', 'X-Foo': 'bar' }, body: 'x' });
  const { headers } = await ask('GET', 'a');
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'content-language': 'de',
    'x-object-meta-public-b': '2',
  });
  expect(headers['x-object-meta-a'] ?? headers['x-foo']).toBeUndefined();
  for (const name of ['X-Object-Manifest', 'X-Symlink-Target', 'X-Copy-From']) {
    const refused = await ask('PUT', 'b', { headers: { [name]: 'a/b' }, body: 'x' });
    expect(refused).toMatchObject({ status: 400, text: `The header '${name}' is not allowed in this tempurl` });
  }
  expect((await ask('PUT', 'b', { headers: { 'X-Object-Meta-A': 'a'.repeat(257) }, body: 'x' })).status).toBe(400);
});

test('an object with X-Delete-After is gone afterwards, and its end is shown before', async () => {
  const { ask, page } = await sandbox();
  expect((await ask('PUT', 'a', { headers: { 'X-Delete-After': '0' }, body: 'x' })).text).toBe(
    'X-Delete-After in past',
  );
  expect((await ask('PUT', 'a', { headers: { 'X-Delete-At': 'x' }, body: 'x' })).text).toBe('Non-integer X-Delete-At');
  await ask('PUT', 'a', { headers: { 'X-Delete-After': '1' }, body: 'x' });
  const { headers } = await ask('HEAD', 'a');
  expect(Number(headers['x-delete-at'])).toBeGreaterThan(Date.now() / 1000 - 2);
  await eventually(async () => (await ask('HEAD', 'a')).status === 404);
  expect(await page('objects')).toEqual([]);
});

test('DELETE and POST: 204 then 404; 202, replacing metadata but not the content type', async () => {
  const { ask } = await sandbox();
  const headers = { 'Content-Type': 'text/x', 'Content-Disposition': 'inline', 'X-Object-Meta-Public-A': '1' };
  await ask('PUT', 'a', { headers, body: 'x' });
  expect((await ask('POST', 'a', { headers: { 'X-Object-Meta-Public-B': '2', 'Content-Length': 0 } })).status).toBe(
    202,
  );
  const posted = (await ask('GET', 'a')).headers;
  expect(posted).toMatchObject({ 'content-type': 'text/x', 'x-object-meta-public-b': '2' });
  expect(posted['x-object-meta-public-a']).toBeUndefined();
  expect(posted['content-disposition']).toMatch(/^attachment/);
  expect((await ask('DELETE', 'a')).status).toBe(204);
  expect((await ask('DELETE', 'a')).status).toBe(404);
  expect((await ask('GET', 'a')).status).toBe(404);
  expect((await ask('PUT', 'a', { body: 'again' })).status).toBe(201);
});
