import { eventually, md5, type RawConnection, type Talk } from './subject';

const UNPROCESSABLE = '<html><h1>Unprocessable Entity</h1><p>Unable to process the contained instructions</p></html>';

const answered = (connection: RawConnection, text: string): Promise<true> =>
  eventually(() => connection.received().includes(text));

/** Every row of the PUT table that can be made. */
export function putCases(talk: () => Talk): void {
  test('PUT with a length: 201, bare MD5, Last-Modified, an empty body of text/html', async () => {
    const { status, headers, text } = await talk().ask('PUT', 'a', { body: 'hello' });
    expect([status, text]).toEqual([201, '']);
    expect(headers).toMatchObject({
      etag: md5('hello'),
      'content-type': 'text/html; charset=UTF-8',
      'content-length': '0',
    });
    expect(Math.abs(Date.parse(headers['last-modified'] ?? '') - Date.now())).toBeLessThan(3000);
    expect(headers['x-trans-id']).toMatch(/^tx/);
    expect(headers['x-openstack-request-id']).toBe(headers['x-trans-id']);
    expect(headers.date).toBeDefined();
  });

  test('PUT in chunks without a length: 201', async () => {
    const answer = await talk().ask('PUT', 'a', { body: 'hello', headers: { 'Transfer-Encoding': 'chunked' } });
    expect([answer.status, answer.headers.etag]).toEqual([201, md5('hello')]);
  });

  test('PUT with a length and in chunks: the chunks win', async () => {
    const connection = await talk().begin('PUT', 'a', { 'Content-Length': 2, 'Transfer-Encoding': 'chunked' });
    connection.write('5\r\nhello\r\n0\r\n\r\n');
    await answered(connection, ' 201 ');
    connection.end();
    expect(await talk().content('a')).toBe('hello');
  });

  test('PUT with neither: 411', async () => {
    const connection = await talk().begin('PUT', 'a', {});
    await answered(connection, 'Missing Content-Length header.');
    expect(connection.received()).toMatch(/^HTTP\/1.1 411 /);
    connection.end();
  });

  test('PUT of nothing: 201, and an object of no bytes', async () => {
    const answer = await talk().ask('PUT', 'a', { headers: { 'Content-Length': '0' } });
    expect([answer.status, answer.headers.etag]).toEqual([201, 'd41d8cd98f00b204e9800998ecf8427e']);
    expect(await talk().content('a')).toBe('');
  });

  test('PUT again replaces the object and all its metadata', async () => {
    await talk().put('a', 'one', { 'Content-Disposition': 'inline', 'X-Object-Meta-Public-Mark': 'one' });
    await talk().put('a', 'two');
    const { headers, text } = await talk().ask('GET', 'a');
    expect(text).toBe('two');
    expect(headers['x-object-meta-public-mark']).toBeUndefined();
    expect(headers['content-disposition']).toMatch(/^attachment/);
  });

  test.each([
    ['right', md5('hello'), 201],
    ['right and quoted', `"${md5('hello')}"`, 201],
    ['wrong', md5('other'), 422],
    ['in upper case', md5('hello').toUpperCase(), 422],
  ])('PUT with an ETag that is %s', async (_what, etag, status) => {
    await talk().put('a', 'earlier');
    const answer = await talk().ask('PUT', 'a', { body: 'hello', headers: { ETag: etag } });
    expect(answer.status).toBe(status);
    if (status === 422) expect(answer.text).toBe(UNPROCESSABLE);
    expect(await talk().content('a')).toBe(status === 201 ? 'hello' : 'earlier');
  });

  test.each([
    ['Content-MD5', 'AAAAAAAAAAAAAAAAAAAAAA=='],
    ['If-Match', '"0123"'],
    ['Content-Range', 'bytes 4-7/16'],
    ['X-Timestamp', '1'],
    ['X-Backend-Whatever', '1'],
  ])('PUT with %s: the header is ignored', async (name, value) => {
    await talk().put('a', '0123456789abcdef');
    expect((await talk().ask('PUT', 'a', { body: 'four', headers: { [name]: value } })).status).toBe(201);
    expect(await talk().content('a')).toBe('four');
  });

  test('PUT with If-None-Match: * is 412 where an object is, 201 where none is; an ETag there is 400', async () => {
    const headers = { 'If-None-Match': '*' };
    expect((await talk().ask('PUT', 'a', { body: 'one', headers })).status).toBe(201);
    expect((await talk().ask('PUT', 'a', { body: 'two', headers })).status).toBe(412);
    const other = await talk().ask('PUT', 'a', { body: 'two', headers: { 'If-None-Match': md5('one') } });
    expect([other.status, other.text]).toEqual([400, 'If-None-Match only supports *']);
    expect(await talk().content('a')).toBe('one');
  });

  test('PUT with Expect: 100-continue is asked for its body', async () => {
    const connection = await talk().begin('PUT', 'a', { 'Content-Length': 5, Expect: '100-continue' });
    await answered(connection, 'HTTP/1.1 100 ');
    connection.write('hello');
    await answered(connection, ' 201 ');
    connection.end();
  });

  test('PUT with a bad signature is refused at once, while the body still comes', async () => {
    const connection = await talk().begin('PUT', 'a', { 'Content-Length': 64 * 1024 * 1024 }, { signedMethod: 'GET' });
    connection.write(Buffer.alloc(1000));
    await answered(connection, '401 Unauthorized: Temp URL invalid\n');
    expect(connection.received()).toMatch(/^HTTP\/1.1 401 /);
    connection.reset();
    expect(await talk().content('a')).toBeNull();
  });

  test('PUT into a container that is not there: 404, and it is not made', async () => {
    const path = `${talk().path('a').split('/').slice(0, 3).join('/')}/no-such-container/a`;
    expect((await talk().ask('PUT', path, { body: 'hello' })).status).toBe(404);
    expect((await talk().ask('GET', path)).status).toBe(404);
  });

  test('PUT into an account that is not there: 401', async () => {
    expect((await talk().ask('PUT', '/v1/AUTH_nobody/c/a', { body: 'hello' })).status).toBe(401);
  });

  test.each([
    ['with a length', { 'Content-Length': 100 }, 'hello'],
    ['in chunks', { 'Transfer-Encoding': 'chunked' }, '5\r\nhello\r\n'],
  ])('PUT %s whose client half-closes before the end: 499, and the earlier object stays', async (_how, head, body) => {
    await talk().put('a', 'earlier');
    const connection = await talk().begin('PUT', 'a', head);
    connection.write(body);
    connection.end();
    await answered(connection, 'HTTP/1.1 499 ');
    expect(connection.received()).toContain('Client Disconnect');
    expect(await talk().content('a')).toBe('earlier');
  });

  test('PUT whose client resets the connection before the end: the earlier object stays', async () => {
    await talk().put('a', 'earlier');
    const connection = await talk().begin('PUT', 'a', { 'Content-Length': 100 });
    connection.write('hello');
    connection.reset();
    expect(await talk().content('a')).toBe('earlier');
  });

  test('PUT that stalls longer than the client timeout: 499, and nothing is stored', async () => {
    const connection = await talk().begin('PUT', 'a', { 'Content-Length': 100 });
    connection.write('hello');
    await answered(connection, 'HTTP/1.1 499 ');
    connection.end();
    expect(await talk().content('a')).toBeNull();
  });

  test('PUT with more bytes than its length: 201, and the rest is a bad request of its own', async () => {
    const connection = await talk().begin('PUT', 'a', { 'Content-Length': 5 });
    connection.write('hello and more\r\n\r\n');
    await answered(connection, ' 400 ');
    expect(connection.received()).toMatch(/^HTTP\/1.1 201 /);
    connection.end();
    expect(await talk().content('a')).toBe('hello');
  });

  test.each([
    ['more than 5 GiB and 2', { 'Content-Length': 5_368_709_123 }, 413, 'Your request is too large.'],
    ['another transfer coding', { 'Transfer-Encoding': 'gzip' }, 400, 'Invalid Transfer-Encoding header value'],
  ])('PUT of %s is refused before any body', async (_what, headers, status, text) => {
    const connection = await talk().begin('PUT', 'a', headers);
    await answered(connection, text);
    expect(connection.received().startsWith(`HTTP/1.1 ${status} `)).toBe(true);
    connection.end();
  });

  test('PUT under a name of 1,024 bytes: 201; of 1,025: 400', async () => {
    const container = talk().path('').split('/').slice(0, 4).join('/');
    const name = (bytes: number): string =>
      `${container}/${talk().path('').slice(-37)}`.padEnd(bytes + container.length + 1, 'n');
    expect((await talk().ask('PUT', name(1024), { body: 'x' })).status).toBe(201);
    const long = await talk().ask('PUT', name(1025), { body: 'x' });
    expect([long.status, long.text]).toEqual([400, 'Object name length of 1025 longer than 1024']);
  });

  test.each(['a/../b', 'a//b', 'a/./b', 'a/'])(
    'PUT under a name like %s: the characters are the name',
    async (name) => {
      await talk().put(name, name);
      expect(await talk().content(name)).toBe(name);
      expect(await talk().content('b')).toBeNull();
    },
  );

  test('PUT of a form is stored with its boundaries', async () => {
    const body = '--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nhello\r\n--x--\r\n';
    await talk().put('a', body, { 'Content-Type': 'multipart/form-data; boundary=x' });
    expect(await talk().content('a')).toBe(body);
  });

  test.each([
    ['a.PNG', {}, 'image/png'],
    ['a.jpeg', {}, 'image/jpeg'],
    ['a.pdf', {}, 'application/pdf'],
    ['a.mp4', {}, 'video/mp4'],
    ['a.svg', {}, 'image/svg+xml'],
    ['a.docx', {}, 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
    ['a.unknown-ending', {}, 'application/octet-stream'],
    ['a', {}, 'application/octet-stream'],
    ['a.PNG', { 'Content-Type': 'not a type' }, 'not a type'],
    ['b.PNG', { 'Content-Type': 'text/plain', 'X-Detect-Content-Type': 'true' }, 'image/png'],
  ])('PUT as %s with %j is kept as %s', async (name, headers, type) => {
    await talk().put(name, 'x', headers);
    expect((await talk().ask('HEAD', name)).headers['content-type']).toBe(type);
  });

  test('PUT keeps the headers that describe the content, and of the metadata only what is public comes back', async () => {
    const kept = {
      'content-disposition': 'inline; filename="x"',
      'content-encoding': 'gzip',
      'content-language': 'de',
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex',
      'x-object-meta-public-mark': 'yes',
    };
    await talk().put('a', 'x', { ...kept, 'X-Object-Meta-Mark': 'no', 'X-Unknown': 'no' });
    const { headers } = await talk().ask('HEAD', 'a');
    expect(headers).toMatchObject(kept);
    expect([headers['x-object-meta-mark'], headers['x-unknown']]).toEqual([undefined, undefined]);
  });

  test.each([
    ['X-Object-Manifest', 'c/p', /^The header 'X-Object-Manifest' is not allowed in this tempurl/i],
    ['X-Copy-From', '/c/o', /^The header 'X-Copy-From' is not allowed in this tempurl/i],
    ['X-Symlink-Target', 'c/o', /^The header 'X-Symlink-Target' is not allowed in this tempurl/i],
    ['X-Static-Large-Object', 'true', /./],
    ['X-Object-Meta-Long', 'x'.repeat(257), /Metadata value longer than 256/],
    ['X-Delete-At', '1000000000', /./],
    ['X-Delete-After', '0', /./],
    ['X-Delete-After', 'soon', /./],
  ])('PUT with %s: %s is 400', async (name, value, text) => {
    const answer = await talk().ask('PUT', 'a', { body: 'x', headers: { [name]: value } });
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(text);
    expect(await talk().content('a')).toBeNull();
  });

  test('PUT with X-Delete-After: GET shows when, and afterwards it is gone', async () => {
    await talk().put('a', 'x', { 'X-Delete-After': '2' });
    const { headers } = await talk().ask('HEAD', 'a');
    expect(Math.abs(Number(headers['x-delete-at']) - Date.now() / 1000)).toBeLessThan(4);
    await eventually(async () => (await talk().content('a')) === null);
  });
}
