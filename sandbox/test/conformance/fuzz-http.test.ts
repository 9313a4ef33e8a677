/**
 * Anything may come over HTTP: paths, queries, headers, bodies, upgrades and bytes that are not HTTP. See
 * fuzz-frames.test.ts for what comes over the socket.
 */
import { strict as assert } from 'node:assert';

import * as fc from 'fast-check';
import { randomBytes } from 'node:crypto';

import {
  ACCOUNT,
  keysOf,
  leakIn,
  logIn,
  openConsumer,
  setFileSharing,
  timesTried,
  type Administrator,
  type Victim,
} from './support/fuzzed-site';
import { runs } from '../../../test/support/fuzz-runs';
import { sendRaw, textOf, type RawAnswer, type WildRequest } from './support/raw-http';
import { startSandboxProcess, type SandboxProcess } from './support/sandbox-process';
import { body, headers, headerText, jsonText, PROPERTY, segment, wildRequest } from './support/wild-requests';

let sandbox: SandboxProcess;
let administrator: Administrator;
let viewer: Administrator;
let victim: Victim;
let secrets: readonly string[];

beforeAll(async () => {
  sandbox = await startSandboxProcess('--url-life', '600');
  administrator = await logIn(sandbox, 'ops');
  viewer = await logIn(sandbox, 'viewer');
  await setFileSharing(sandbox, administrator, 'true');
  victim = await openConsumer(sandbox);
  await setFileSharing(sandbox, administrator, 'false');
  const { bearer, csrf, cookie } = administrator;
  const sessions = [bearer, csrf, cookie, viewer.bearer, viewer.csrf, viewer.cookie];
  secrets = [...(await keysOf(sandbox)), victim.jwt, ...sessions];
});

afterAll(async () => {
  victim?.socket.end();
  await sandbox?.end();
});

/** Tokens are known only when the sandbox runs. */
function withTokens(request: WildRequest): WildRequest {
  const tokens = new Map([
    ['viewer', `Bearer ${viewer.bearer}`],
    ['jwt', `jwt ${victim.jwt}`],
    ['bare', administrator.bearer],
  ]);
  return { ...request, headers: request.headers.map(([name, value]) => [name, tokens.get(value) ?? value] as const) };
}

const isIn = (least: number, most: number, status: number): boolean => status >= least && status < most;

/** Reading is public or the viewer's; what gives or changes anything is out of reach for these requests. */
function checkStatus({ method: by, target: at }: WildRequest, { status, text }: RawAnswer): void {
  assert.ok(isIn(200, 500, status), `${by} ${at} was answered with ${status}`);
  const isReading = by === 'GET' || by === 'HEAD';
  const givesNewIdentity = by === 'POST' && /anonymous\/authorize|\/authenticate/.test(at);
  const isAllowed = isReading || givesNewIdentity || !isIn(200, 300, status);
  assert.ok(isAllowed, `${by} ${at} was answered with ${status}`);
  assert.equal(leakIn(text, secrets), null);
}

/** No link but the good one opens anything; as with the real Swift, a name that is not UTF-8 is a failure. */
function checkBentLink(isGood: boolean, isUtf8: boolean, { status, text }: RawAnswer): void {
  assert.equal(leakIn(text, secrets), null);
  // A parameter that is said twice can bend the good link, too; it can never mend another.
  if (!isUtf8) assert.equal(status, 500);
  else assert.ok(isGood ? isIn(200, 500, status) : status === 401, `answered with ${status}`);
}

async function checkBooks(): Promise<void> {
  expect(sandbox.lives()).toBe(true);
  expect(await sandbox.page('messages')).toEqual([]);
  expect(await sandbox.page('conversations')).toHaveLength(1);
  expect(await sandbox.page('faults')).toEqual([]);
  expect(await sandbox.page('objects')).toMatchObject([{ sizeBytes: victim.bytes.length }]);
  const headersOfOps = { Authorization: `Bearer ${administrator.bearer}` };
  const path = `/api/account/${ACCOUNT}/configuration/setting/properties?v=3.0`;
  const all = await fetch(`${sandbox.url}${path}`, { headers: headersOfOps });
  expect(await all.json()).toMatchObject([{ id: PROPERTY, propertyValue: { value: 'false' } }]);
  const journal = JSON.stringify(await sandbox.page('requests'));
  expect(leakIn(journal, [...secrets, victim.query.split('&')[0] ?? ''])).toBeNull();
  expect(leakIn(sandbox.said(), secrets)).toBeNull();
  expect(sandbox.said()).toBe('');
}

describe('requests of every kind over HTTP', () => {
  afterEach(checkBooks);

  it('are answered, never with a failure of the service, never with more than is due, never with a secret', async () => {
    expect(
      await timesTried(
        fc.asyncProperty(wildRequest, async (wild) => {
          const request = withTokens(wild);
          checkStatus(request, await sendRaw(sandbox, textOf(request)));
        }),
        runs(400),
      ),
    ).toBe(runs(400));
  });

  it("reach nobody else's object in storage, however the signed link is bent", async () => {
    const bent = fc.record({
      method: fc.constantFrom('GET', 'PUT', 'HEAD', 'POST', 'DELETE'),
      name: fc.oneof(fc.constant(null), segment),
      signature: fc.oneof(fc.constant(null), fc.stringMatching(/^[0-9a-f]{40}$/), segment),
      expires: fc.oneof(fc.constant(null), fc.constantFrom('0', '-1', '99999999999', '1e12', '%201', 'NaN'), segment),
      more: fc.oneof(
        fc.constant(''),
        segment.map((text) => `&${text}=${text}`),
      ),
      headers,
      body,
    });
    expect(
      await timesTried(
        fc.asyncProperty(bent, async ({ method: by, name, signature, expires, more, ...rest }) => {
          const good = new URLSearchParams(victim.query);
          const at = name === null ? victim.relativePath : victim.relativePath.replace(/[^/]+$/, name);
          const query = `temp_url_sig=${signature ?? good.get('temp_url_sig')}&temp_url_expires=${expires ?? good.get('temp_url_expires')}${more}`;
          const request = withTokens({ method: by, target: `${at}?${query}`, ...rest });
          const answer = await sendRaw(sandbox, textOf(request));
          const isGood = name === null && signature === null && expires === null && (by === 'GET' || by === 'HEAD');
          checkBentLink(isGood, name !== '%ff', answer);
        }),
        runs(250),
      ),
    ).toBe(runs(250));
  });

  it('open no socket without a token that was given here', async () => {
    const token = fc.oneof(headerText, fc.constantFrom('bearer', 'none', 'alg'), fc.base64String());
    const path = fc.constantFrom(`consumer?v=3`, `consumer/TOKEN?v=3`, `brand/TOKEN?v=2.1`, `brand/TOKEN?v=2`);
    expect(
      await timesTried(
        fc.asyncProperty(token, path, headers, async (shown, rest, more) => {
          const [, claims = ''] = victim.jwt.split('.');
          const forged = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`;
          const presented = shown === 'alg' ? forged : shown === 'bearer' ? administrator.csrf : shown;
          const at = `/ws_api/account/${ACCOUNT}/messaging/${rest.replace('TOKEN', encodeURIComponent(presented))}`;
          const upgrade = [
            ['Connection', 'Upgrade'],
            ['Upgrade', 'websocket'],
            ['Sec-WebSocket-Version', '13'],
            ['Sec-WebSocket-Key', randomBytes(16).toString('base64')],
            ['Authorization', `jwt ${presented}`],
            ...more.filter(([name]) => name !== 'Authorization'),
          ];
          const lines = upgrade.map(([name, value]) => `${name}: ${value}\r\n`).join('');
          const head = `GET ${at} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines}\r\n`;
          const answer = await sendRaw(sandbox, Buffer.from(head, 'latin1'));
          assert.ok([400, 401, 404].includes(answer.status));
          assert.equal(leakIn(answer.text, secrets), null);
        }),
        runs(200),
      ),
    ).toBe(runs(200));
  });

  it('end their connection where they are not HTTP, with 400 or without an answer', async () => {
    const noise = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
      fc.tuple(wildRequest, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 3 })).map(([request, at, bytes]) => {
        const text = textOf(withoutTokens(request));
        Buffer.from(bytes).copy(text, at % text.length);
        return text;
      }),
      fc
        .constantFrom(
          'POST /api/account/12345678/signup HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
          'POST /api/account/12345678/login?v=1.3 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\n{',
          `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
          'GET / HTTP/9.9\r\n\r\n',
        )
        .map((text) => Buffer.from(text)),
    );
    expect(
      await timesTried(
        fc.asyncProperty(noise, async (bytes) => {
          const { status, text } = await sendRaw(sandbox, bytes, true);
          assert.ok(status === 0 || isIn(100, 500, status));
          assert.equal(leakIn(text, secrets), null);
        }),
        runs(300),
      ),
    ).toBe(runs(300));
  });

  it('set no fault unless the rules are good in every part', async () => {
    const rule = fc.record(
      {
        at: fc.oneof(fc.constantFrom<unknown>('put', 'nowhere', 5, null), fc.jsonValue()),
        do: fc.oneof(fc.constantFrom<unknown>('drop-before', 'drop', { status: 99 }, { delayMs: -1 }), fc.jsonValue()),
        times: fc.constantFrom<unknown>(-1, 0.5, '1', null, 1),
        extra: fc.constant(1),
      },
      { requiredKeys: ['extra'] },
    );
    expect(
      await timesTried(
        fc.asyncProperty(
          fc.oneof(
            rule.map((each) => JSON.stringify(each)),
            jsonText,
          ),
          async (text) => {
            const response = await fetch(`${sandbox.url}/_sandbox/faults`, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: text,
            });
            // An empty list is a good one.
            assert.equal(response.status, text === '[]' ? 200 : 400);
            assert.equal((await sandbox.page('faults')).length, 0);
          },
        ),
        runs(100),
      ),
    ).toBe(runs(100));
  });
});

/** The generator of noise runs before there are tokens; their names do as values. */
function withoutTokens(request: WildRequest): WildRequest {
  return { ...request, headers: request.headers.filter(([name]) => name !== 'Authorization') };
}
