import { eventually, md5, type Talk } from './subject';

const seconds = (): number => Math.floor(Date.now() / 1000);
const iso = (unix: number): string => new Date(unix * 1000).toISOString().replace('.000', '');

/** Every row of the tables of signature, expiry and concurrency that can be made. */
export function expiryCases(talk: () => Talk): void {
  test.each(['sha1', 'sha256', 'sha512'] as const)('A signature by %s is good', async (digest) => {
    expect((await talk().ask('PUT', 'a', { body: 'x', digest })).status).toBe(201);
    expect((await talk().ask('GET', 'a', { digest })).text).toBe('x');
  });

  test('The decoded path is signed: how it is escaped on the wire does not matter', async () => {
    const path = talk().path('a é.png');
    expect((await talk().ask('PUT', path, { body: 'x' })).status).toBe(201);
    const wirePath = path.split('/').map(encodeURIComponent).join('/').replace('.png', '.%70ng');
    expect((await talk().ask('GET', path, { wirePath })).text).toBe('x');
    const encoded = encodeURI(path);
    expect((await talk().ask('GET', encoded, { wirePath: encoded })).status).toBe(401);
  });

  test.each([
    ['the current second', () => seconds(), 401],
    ['a second ago', () => seconds() - 1, 401],
    ['in milliseconds', () => Date.now(), 200],
    ['as a fraction', () => `${seconds() + 60}.5`, 401],
    ['nonsense', () => 'soon', 401],
    ['nothing', () => '', 401],
  ])('An expiry of %s', async (_what, expires, status) => {
    await talk().put('a', 'x');
    expect((await talk().ask('GET', 'a', { expires: expires() })).status).toBe(status);
  });

  test.each([
    ['to the second with Z', (at: number) => iso(at), true, 200],
    ['without Z', (at: number) => iso(at).replace('Z', ''), true, 401],
    ['of the day', (at: number) => iso(at + 172_800).slice(0, 10), true, 401],
    ['with milliseconds', (at: number) => iso(at).replace('Z', '.000Z'), true, 401],
    ['signed as text', (at: number) => iso(at), false, 401],
  ])('An expiry in ISO 8601 %s', async (_what, format, signSeconds, status) => {
    await talk().put('a', 'x');
    const at = seconds() + 60;
    const signing = { expires: format(at), ...(signSeconds ? { signedExpires: at } : {}) };
    expect((await talk().ask('GET', 'a', signing)).status).toBe(status);
  });

  test('A URL that expires while its PUT is under way is good for that PUT, and for nothing after', async () => {
    const expires = seconds() + 1;
    const connection = await talk().begin('PUT', 'a', { 'Content-Length': 5 }, { expires });
    connection.write('he');
    await eventually(() => seconds() > expires);
    connection.write('llo');
    await eventually(() => connection.received().includes(' 201 '));
    connection.end();
    expect((await talk().ask('HEAD', 'a', { signedMethod: 'PUT', expires })).status).toBe(401);
    expect(await talk().content('a')).toBe('hello');
  });

  test('Of two PUTs at once the one that began later stays, whichever ends last', async () => {
    const first = await talk().begin('PUT', 'a', { 'Content-Length': 5, Expect: '100-continue' });
    await eventually(() => first.received().includes(' 100 '));
    await talk().put('a', 'later');
    first.write('early');
    await eventually(() => first.received().includes(' 201 '));
    expect(first.received()).toContain(md5('early'));
    first.end();
    expect(await talk().content('a')).toBe('later');
  });

  test('A DELETE during a first PUT wins over it, though the PUT is answered 201', async () => {
    const put = await talk().begin('PUT', 'a', { 'Content-Length': 5, Expect: '100-continue' });
    await eventually(() => put.received().includes(' 100 '));
    expect([204, 404]).toContain((await talk().ask('DELETE', 'a')).status);
    put.write('hello');
    await eventually(() => put.received().includes(' 201 '));
    put.end();
    expect(await talk().content('a')).toBeNull();
  });

  test('An object is there, whole, as soon as its PUT has ended, and the earlier one until then', async () => {
    await talk().put('a', 'earlier');
    const put = await talk().begin('PUT', 'a', { 'Content-Length': 5, Expect: '100-continue' });
    await eventually(() => put.received().includes(' 100 '));
    put.write('lat');
    expect(await talk().content('a')).toBe('earlier');
    put.write('er');
    await eventually(() => put.received().includes(' 201 '));
    put.end();
    expect(await talk().content('a')).toBe('later');
  });

  test('A GET under way keeps its version while the object is replaced', async () => {
    const bytes = Buffer.alloc(24 * 1024 * 1024, 'a');
    await talk().put('a', bytes);
    const get = await fetch(talk().link('GET', talk().path('a')));
    await talk().put('a', 'other');
    expect(md5(Buffer.from(await get.arrayBuffer()))).toBe(md5(bytes));
    expect(await talk().content('a')).toBe('other');
  });
}
