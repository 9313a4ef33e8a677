import { closeConsumers, connect, newConversation, openSocket, signUp, socketUrl } from './support/consumer';
import { ACCOUNT, closeSites, openSite, reopenSite, type Site } from './support/site';

afterEach(async () => {
  closeConsumers();
  await closeSites();
});

const base = `/api/account/${ACCOUNT}`;

function claims(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}

async function post(
  site: Site,
  path: string,
  body?: object,
): Promise<{ status: number; body: Record<string, string> }> {
  const init = body ? { method: 'POST', body: JSON.stringify(body) } : { method: 'POST' };
  const response = await site.fetch(`${base}/${path}`, init);
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

function brandJwt(payload: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(payload)}.c2ln`;
}

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

it('gives a new consumer with the documented header and claims at every sign-up', async () => {
  const site = await openSite();
  const [one, two] = [await signUp(site), await signUp(site)];
  expect(JSON.parse(Buffer.from(one.split('.')[0] ?? '', 'base64url').toString())).toEqual({
    kid: '00001',
    typ: 'JWT',
    alg: 'RS256',
  });
  expect(claims(one)).toMatchObject({ aud: `acc:${ACCOUNT}`, iss: 'https://idp.liveperson.net' });
  expect(claims(one)['sub']).not.toBe(claims(two)['sub']);
  expect(Number(claims(one)['exp'])).toBeGreaterThan(inSeconds(12 * 365 * 86_400));
  expect(one.length).toBeLessThanOrEqual(2048);
});

it('gives a token by JSONP and refuses unknown sites', async () => {
  const site = await openSite();
  const text = await (await site.fetch(`${base}/signup.jsonp?callback=fn`)).text();
  expect(text).toMatch(/^fn\(\{"jwt":"[\w-]+\.[\w-]+\.[\w-]+"\}\)$/);
  expect((await site.fetch('/api/account/999/signup', { method: 'POST' })).status).toBe(401);
});

it('keeps the consumer of the anonymous flow over a refresh of its external token', async () => {
  const site = await openSite();
  const first = (await post(site, 'anonymous/authorize')).body['token'] ?? '';
  const second = (await post(site, 'anonymous/authorize', { id_token: first })).body['token'] ?? '';
  const tokens = await Promise.all(
    [first, second].map((id_token) => post(site, 'app/connector-1/authenticate?v=3.0', { id_token })),
  );
  const [one, two] = tokens.map(({ body }) => claims(body['token'] ?? '')['sub']);
  expect(one).toBe(two);
  expect(claims(second)['sub']).toBe(one);
  expect((await post(site, 'app/connector-1/authenticate?v=3.0', { id_token: await signUp(site) })).status).toBe(401);
  expect((await post(site, 'anonymous/authorize', { id_token: 'nonsense' })).status).toBe(401);
});

it('does not take the external token of the anonymous flow at the socket', async () => {
  const site = await openSite();
  const { token = '' } = (await post(site, 'anonymous/authorize')).body;
  const consumer = await openSocket(socketUrl(site));
  const answer = await consumer.request('InitConnection', undefined, {
    headers: { type: '.ams.headers.ConsumerAuthentication', jwt: token },
  });
  expect(answer.code).toBe(401);
  expect(await consumer.closed).toBe(4401);
});

it('maps a brand token and a plain code each to one consumer, and takes over the expiry of the brand token', async () => {
  const site = await openSite();
  const exp = inSeconds(90);
  const authCode = brandJwt({ sub: 'customer-7', exp });
  const [one, again, other] = await Promise.all(
    [authCode, brandJwt({ sub: 'customer-7' }), 'customer-7'].map(async (code) =>
      claims((await post(site, 'authenticate', { authCode: code })).body['jwt'] ?? ''),
    ),
  );
  expect(one).toMatchObject({ sub: expect.stringMatching(/^[0-9a-f]{64}$/), exp, 'lp.ext': { sub: 'customer-7' } });
  expect(again?.['sub']).toBe(one?.['sub']);
  expect(other?.['sub']).not.toBe(one?.['sub']);
});

it('refuses an expired brand token, one without a subject and a body without a code', async () => {
  const site = await openSite();
  const expired = await post(site, 'authenticate', { authCode: brandJwt({ sub: 'x', exp: inSeconds(-1) }) });
  expect(expired).toEqual({ status: 400, body: { error: 'invalid_code' } });
  expect((await post(site, 'authenticate', { authCode: brandJwt({}) })).body).toEqual({ error: 'invalid_code' });
  expect((await post(site, 'authenticate', {})).body).toEqual({ error: 'json_parse_error' });
});

it('still takes a token after a kill, and knows its conversations', async () => {
  const site = await openSite({ ownTokenKey: true });
  const jwt = await signUp(site);
  const conversationId = await newConversation(await connect(site, jwt));
  const next = await reopenSite(site);
  const consumer = await connect(next, jwt);
  await consumer.request('cqm.SubscribeExConversations', { convState: 'OPEN' });
  const first = await consumer.incoming(({ type }) => type === 'cqm.ExConversationChangeNotification');
  expect(first.body.changes).toMatchObject([{ type: 'UPSERT', result: { convId: conversationId } }]);
});

it('makes one key when many sign up at once', async () => {
  const site = await openSite({ ownTokenKey: true });
  const tokens = await Promise.all(Array.from({ length: 8 }, () => signUp(site)));
  for (const jwt of tokens) expect((await (await connect(site, jwt)).request('GetClock')).code).toBe(200);
});

it('closes a socket with 4401 when its token expires, and lets an expired one in only to close it', async () => {
  const site = await openSite();
  const { jwt = '' } = (await post(site, 'authenticate', { authCode: brandJwt({ sub: 'x', exp: inSeconds(2) }) })).body;
  const consumer = await connect(site, jwt);
  expect((await consumer.request('GetClock')).code).toBe(200);
  expect(await consumer.closed).toBe(4401);
  expect(await (await connect(site, jwt)).closed).toBe(4401);
});
