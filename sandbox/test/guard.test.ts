import { once } from 'node:events';
import { WebSocket } from 'ws';
import { rawConnection, send } from './support/http';
import { cleanUp, sandbox, type TestSandbox } from './support/sandbox';

afterEach(cleanUp);

const RULE = JSON.stringify({ at: 'put', do: { status: 503 } });
const JSON_TYPE = { 'content-type': 'application/json' };
const BASE = '/api/account/12345678';
const SOCKET = '/ws_api/account/12345678/messaging/consumer?v=3';

function ask(own: TestSandbox, method: string, path: string, headers: Record<string, string>, body?: string) {
  return send(method, `${own.url}${path}`, { headers, ...(body === undefined ? {} : { body }) });
}

/** What a browser adds to the request of a page, or of a script or form in it. */
const foreign: [string, Record<string, string>][] = [
  ['an Origin of the outer world', { origin: 'https://example.com' }],
  ['an opaque Origin', { origin: 'null' }],
  ['an Origin on another port of this machine', { origin: 'http://127.0.0.1:1' }],
  ['a request across sites', { 'sec-fetch-site': 'cross-site' }],
  ['a request from another port of this machine', { 'sec-fetch-site': 'same-site' }],
  ['a foreign Referer', { referer: 'https://example.com/page' }],
  ['a name of the outer world that leads here', { host: 'rebound.example.com' }],
];

describe.each(foreign)('%s', (_, headers) => {
  const status = 'host' in headers ? 421 : 403;

  test.each([
    ['POST', '/_sandbox/faults', RULE],
    ['DELETE', '/_sandbox/faults', ''],
    ['GET', '/_sandbox/messages', ''],
    ['GET', `${BASE}/signup.jsonp?callback=take`, ''],
    ['POST', `${BASE}/signup`, ''],
    ['POST', `${BASE}/login?v=1.3`, '{"username":"ops","password":"sandbox"}'],
    ['PUT', '/v1/AUTH_async-images/12345678/x', 'bytes'],
  ])('is refused at %s %s, without effect', async (method, path, body) => {
    const own = await sandbox();
    const answer = await ask(own, method, path, { ...JSON_TYPE, ...headers }, body);
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain('jwt');
    expect(await own.page('faults')).toEqual([]);
    expect(await own.page('objects')).toEqual([]);
  });

  test('opens no socket', async () => {
    const own = await sandbox();
    const socket = new WebSocket(`ws://127.0.0.1:${own.port}${SOCKET}`, { headers });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain(String(status));
    expect((await own.page('requests')).at(-1)).toMatchObject({ status });
  });
});

test.each(['text/plain', 'text/plain;charset=UTF-8', 'application/x-www-form-urlencoded', 'multipart/form-data', ''])(
  'A rule of the content type "%s" is refused: a page may send it to other origins without asking.',
  async (type) => {
    const own = await sandbox();
    const answer = await ask(own, 'POST', '/_sandbox/faults', type === '' ? {} : { 'content-type': type }, RULE);
    expect(answer.status).toBe(415);
    expect(answer.text).toContain('application/json');
    expect(await own.page('faults')).toEqual([]);
  },
);

test('A login in a form type is refused.', async () => {
  const own = await sandbox();
  const body = '{"username":"ops","password":"sandbox"}';
  expect((await ask(own, 'POST', `${BASE}/login?v=1.3`, { 'content-type': 'text/plain' }, body)).status).toBe(415);
  expect((await ask(own, 'POST', `${BASE}/login?v=1.3`, JSON_TYPE, body)).status).toBe(200);
});

test.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'])('Programs reach it by the name %s.', async (name) => {
  const own = await sandbox();
  const host = `${name}:${own.port}`;
  expect((await ask(own, 'GET', '/_sandbox/messages', { host })).status).toBe(200);
  // A person in a browser, and a page of the sandbox itself.
  const origin = `http://${name.toLowerCase()}:${own.port}`;
  expect((await ask(own, 'GET', '/_sandbox/messages', { host, 'sec-fetch-site': 'none' })).status).toBe(200);
  const page = { host, origin, referer: `${origin}/_sandbox/`, 'sec-fetch-site': 'same-origin' };
  expect((await ask(own, 'POST', '/_sandbox/faults', { ...page, ...JSON_TYPE }, RULE)).status).toBe(200);
});

test('A program of HTTP/1.0, which sends no Host, is served.', async () => {
  const own = await sandbox();
  const connection = await rawConnection(own.url);
  connection.write('GET /_sandbox/messages HTTP/1.0\r\n\r\n');
  await connection.closed;
  expect(connection.received()).toMatch(/^HTTP\/1\.1 200 /);
});
