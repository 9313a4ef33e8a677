import { execFile } from 'node:child_process';
import { createServer, request as ask, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sealPayload } from '../../src/codec/envelope';
import { makeSealKey, parseSealKeys } from '../../src/secrets';
import { makeLink, startGateway, type Gateway } from '../../src/web';

const keys = parseSealKeys(makeSealKey());
const owner = { namespace: 'ferry-sealed', workflowId: 'acme-plan', activityId: '' };
const text = JSON.stringify({ caption: 'a private caption' });

let page: Server;
let gateway: Gateway;
let port: number;
let seen: { readonly url?: string | undefined; readonly headers: NodeJS.Dict<string | string[]> }[];

beforeEach(async () => {
  seen = [];
  page = createServer((incoming, response) => {
    seen.push({ url: incoming.url, headers: incoming.headers });
    response.writeHead(201, { 'x-page': 'yes' }).end(`the page ${incoming.method}`);
  });
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  port = await freePort();
  const upstream = `http://127.0.0.1:${portOf(page)}`;
  gateway = await startGateway({ port, upstream: () => upstream, keys: () => keys });
});
afterEach(async () => {
  await gateway.close();
  page.closeAllConnections();
  await new Promise((resolve) => page.close(resolve));
});

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const free = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return free;
}

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

/** With exactly these headers: `fetch` does not let a caller choose Host and Origin. */
function call(path: string, headers: NodeJS.Dict<string> = {}, body?: string, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers: { host: `127.0.0.1:${port}`, ...headers } };
    const sent = ask(options, (answer) => {
      let received = '';
      answer.setEncoding('utf8').on('data', (part: string) => (received += part));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: received }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const own = (): string => `http://127.0.0.1:${port}`;
const json = { 'content-type': 'application/json' };

async function session(): Promise<string> {
  const { token } = makeLink(keys, Date.now());
  const { headers } = await call(`/_ferry/open?once=${token}&to=%2Fnamespaces%2Fferry-sealed%2Fworkflows`);
  return String(headers['set-cookie']).split(';', 1)[0]!;
}

function sealed(): string {
  const payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(text) };
  const { metadata, data } = sealPayload(keys, payload, owner);
  const inText = Object.entries(metadata ?? {}).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]);
  const all = { metadata: Object.fromEntries(inText) as object, data: Buffer.from(data ?? '').toString('base64') };
  return JSON.stringify({ payloads: [all, { metadata: {}, data: '' }] });
}

const decode = (headers: NodeJS.Dict<string>, body = sealed()): Promise<Answer> =>
  call('/_ferry/decode', { origin: own(), ...json, ...headers }, body, 'POST');

test('The page of Temporal is handed on as it is, without the cookie of the gateway.', async () => {
  const answer = await call('/namespaces?x=1', { cookie: 'ferry-ui=1', accept: 'text/html' });
  expect(answer).toMatchObject({ status: 201, text: 'the page GET', headers: { 'x-page': 'yes' } });
  expect(seen).toMatchObject([{ url: '/namespaces?x=1', headers: { accept: 'text/html' } }]);
  expect(seen[0]!.headers['cookie']).toBeUndefined();
});

test('A browser that has followed a link once sees values in clear; what is not sealed stays as it is.', async () => {
  const answer = await decode({ cookie: await session() });
  expect(answer.status).toBe(200);
  const { payloads } = JSON.parse(answer.text) as { readonly payloads: readonly { readonly data: string }[] };
  expect(Buffer.from(payloads[0]!.data, 'base64').toString()).toBe(text);
  expect(payloads[1]).toEqual({ metadata: {}, data: '' });
});

test('A link opens once, leads to a page of this Temporal only, and its cookie is for this path and site alone.', async () => {
  const { token } = makeLink(keys, Date.now());
  const first = await call(`/_ferry/open?once=${token}&to=${encodeURIComponent('//evil.example/')}`);
  expect(first).toMatchObject({ status: 303, headers: { location: '/' } });
  expect(String(first.headers['set-cookie'])).toMatch(
    /^ferry-ui-\d+=[\w-]{43}; Path=\/_ferry\/; HttpOnly; SameSite=Strict$/,
  );
  expect((await call(`/_ferry/open?once=${token}`)).status).toBe(403);
});

test.each([
  ['another key', () => makeLink(parseSealKeys(makeSealKey()), Date.now()).token],
  ['an end that has passed', () => makeLink(keys, Date.now() - 61_000).token],
  ['an end that is too far away', () => makeLink(keys, Date.now() + 61_000).token],
  [
    'an end that was changed',
    () => makeLink(keys, Date.now()).token.replace(/\.(\d{13})\./, (_all, end) => `.${Number(end) - 1}.`),
  ],
  ['nothing', () => ''],
])('A link with %s does not open.', async (_what, token) => {
  expect((await call(`/_ferry/open?once=${token()}`)).status).toBe(403);
});

test('Nothing is decoded without the cookie, the own Origin and JSON, and nothing is ever encoded.', async () => {
  const cookie = await session();
  expect((await decode({})).status).toBe(401);
  expect((await decode({ cookie: `${cookie}x` })).status).toBe(401);
  for (const origin of ['http://evil.example', `http://localhost:${port}`, `https://127.0.0.1:${port}`, 'null']) {
    expect((await decode({ cookie, origin })).status).toBe(403);
  }
  const withoutOrigin = call('/_ferry/decode', { cookie, ...json }, sealed(), 'POST');
  expect((await withoutOrigin).status).toBe(403);
  expect((await decode({ cookie, 'content-type': 'text/plain' })).status).toBe(415);
  expect((await decode({ cookie }, 'no json')).status).toBe(400);
  expect((await decode({ cookie }, '{"payloads":[{"data":1}]}')).status).toBe(400);
  for (const path of ['/_ferry/encode', '/_ferry/decode/../encode', '/_ferry']) {
    const { status } = await call(path, { cookie, origin: own(), ...json }, sealed(), 'POST');
    expect(status).toBe(404);
  }
  expect(seen).toEqual([]);
});

test.each(['evil.example', 'evil.example:1', '127.0.0.1', '127.0.0.1:1', 'localhost.evil.example'])(
  'A request for the host %s is refused, whatever it asks for.',
  async (host) => {
    const cookie = await session();
    expect((await call('/', { host })).status).toBe(421);
    expect((await decode({ cookie, host })).status).toBe(421);
    expect(seen).toEqual([]);
  },
);

test('A page of another origin cannot write through the page, and localhost is led to the one name.', async () => {
  expect((await call('/api/v1/x', { origin: 'http://evil.example' }, '{}', 'POST')).status).toBe(403);
  expect((await call('/api/v1/x', { 'sec-fetch-site': 'cross-site' }, '{}', 'POST')).status).toBe(403);
  expect(seen).toEqual([]);
  const { status, headers } = await call('/namespaces', { host: `localhost:${port}` });
  expect([status, headers['location']]).toEqual([308, `${own()}/namespaces`]);
  expect((await call('/api/v1/x', { origin: own(), 'sec-fetch-site': 'same-origin' }, '{}', 'POST')).status).toBe(201);
});

const canBeAnother = process.getuid?.() === 0 && process.platform === 'linux';

(canBeAnother ? test : test.skip)(
  'Another user of the machine gets nothing decoded, even with the cookie.',
  async () => {
    const cookie = await session();
    const code = `
    require('node:http').request({ port: ${port}, host: '127.0.0.1', path: '/_ferry/decode', method: 'POST',
      headers: { host: '127.0.0.1:${port}', origin: '${own()}', cookie: '${cookie}', 'content-type': 'application/json' } },
      (answer) => { process.stdout.write(String(answer.statusCode)); answer.resume(); }).end('{"payloads":[]}');`;
    // oxlint-disable-next-line jest/no-standalone-expect -- it is a test
    expect(await runAs(65_534, code)).toBe('403');
  },
);

/** Asynchronous, because the gateway answers in this process. */
function runAs(user: number, code: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = ['--reuid', String(user), '--clear-groups', process.execPath, '-e', code];
    execFile('setpriv', args, (error, stdout) => (error === null ? resolve(stdout) : reject(error)));
  });
}
