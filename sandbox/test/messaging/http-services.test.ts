import { SANDBOX_API_KEY, SANDBOX_OAUTH2_CLIENT } from '../../messaging';
import { enableFileSharing, logIn } from './support/consumer';
import { ACCOUNT, closeSites, openSite, reopenSite, type Site } from './support/site';

afterEach(closeSites);

const base = `/api/account/${ACCOUNT}`;
const property = `${base}/configuration/setting/properties/messaging.file.sharing.enabled?v=3.0`;
const properties = `${base}/configuration/setting/properties?v=3.0`;

function login(site: Site, body: object | string, query = 'v=1.3', account = ACCOUNT): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return site.fetch(`/api/account/${account}/login?${query}`, { method: 'POST', body: text });
}

async function put(site: Site, value: unknown, headers: Record<string, string>, path = property): Promise<Response> {
  const id = path.split('/').at(-1)?.split('?')[0];
  const body = JSON.stringify({ id, type: 1, propertyValue: { value }, deleted: 'false' });
  return site.fetch(path, { method: 'PUT', headers, body });
}

describe('discovery', () => {
  it.each([
    `${base}/service/baseURI.json?version=1.0`,
    `${base}/service/baseURI?version=1.0`,
    `/csdr/account/${ACCOUNT}/service/baseURI.json?version=1.0`,
  ])('lists every service with a bare host and port at %s', async (path) => {
    const site = await openSite({ storageHost: 'storage.test:8080' });
    const { baseURIs } = (await (await site.fetch(path)).json()) as {
      baseURIs: { service: string; baseURI: string }[];
    };
    const hosts = Object.fromEntries(baseURIs.map(({ service, baseURI }) => [service, baseURI]));
    expect(hosts).toMatchObject({ asyncMessagingEnt: site.host, idp: site.host, agentVep: site.host });
    expect(hosts).toMatchObject({ swift: 'storage.test:8080', accountConfigReadWrite: site.host });
  });

  it('answers for one service with one object, in the new and the old path, and as JSONP', async () => {
    const site = await openSite();
    const expected = { service: 'idp', account: ACCOUNT, baseURI: site.host };
    for (const path of [`${base}/service/idp/baseURI.json`, `/csdr/account/${ACCOUNT}/service/idp/baseURI.json`]) {
      expect(await (await site.fetch(`${path}?version=1.0`)).json()).toEqual(expected);
    }
    const script = await site.fetch(`/csdr/account/${ACCOUNT}/service/idp/baseURI.lpCsds?version=1.0&cb=lp.found`);
    expect(await script.text()).toBe(`lp.found({"ResultSet":{"lpData":[{"lpServer":"${site.host}"}]}})`);
  });

  it('refuses another site, another version, an unknown service and a callback that is a script', async () => {
    const site = await openSite();
    const statuses = await Promise.all(
      [
        '/api/account/999/service/baseURI.json?version=1.0',
        `${base}/service/baseURI.json`,
        `${base}/service/IDP/baseURI.json?version=1.0`,
        `${base}/service/idp/baseURI.lpCsds?version=1.0&cb=alert(1)`,
      ].map(async (path) => (await site.fetch(path)).status),
    );
    expect(statuses).toEqual([401, 400, 404, 400]);
  });
});

describe('login', () => {
  it.each(['v=1.1', 'v=1.2', 'v=1.3'])(
    'takes the password with %s and gives what agent clients need',
    async (query) => {
      const site = await openSite();
      const response = await login(site, { username: 'ops', password: 'sandbox' }, query);
      expect(response.status).toBe(200);
      expect(response.headers.get('set-cookie')).toMatch(/^Session_id=/);
      expect(await response.json()).toMatchObject({
        csrf: expect.stringMatching(/^[0-9a-f]{64}$/),
        bearer: expect.stringMatching(/^[0-9a-f]{64}$/),
        sessionTTl: '28800000',
        config: { loginName: 'ops', userId: '501', userPid: expect.any(String), isAdmin: true },
        csdsCollectionResponse: { baseURIs: expect.any(Array) },
      });
    },
  );

  it('takes the API key, and only when all of it is right', async () => {
    const site = await openSite();
    expect((await login(site, SANDBOX_API_KEY)).status).toBe(200);
    expect((await login(site, { ...SANDBOX_API_KEY, secret: 'wrong' })).status).toBe(401);
  });

  it('takes an OAuth 2.0 client in place of the API key, with placeholders for the access token', async () => {
    const site = await openSite();
    const client = { ...SANDBOX_OAUTH2_CLIENT, accessToken: 'unused', accessTokenSecret: 'unused' };
    expect((await login(site, client)).status).toBe(200);
    expect((await login(site, { ...client, secret: 'wrong' })).status).toBe(401);
    expect((await login(site, { ...client, appKey: SANDBOX_API_KEY.appKey })).status).toBe(401);
    // The call has four fields, whatever they are worth.
    expect((await login(site, SANDBOX_OAUTH2_CLIENT)).status).toBe(401);
  });

  it('refuses bad credentials and unknown sites with the documented error body', async () => {
    const site = await openSite();
    const bad = await login(site, { username: 'ops', password: 'wrong' });
    expect(bad.status).toBe(401);
    expect(await bad.json()).toMatchObject({
      error: {
        time: expect.any(String),
        message: expect.any(String),
        internalCode: 10,
        responseStatus: 'UNAUTHORIZED',
      },
    });
    const good = { username: 'ops', password: 'sandbox' };
    expect((await login(site, good, 'v=1.3', '999')).status).toBe(401);
    expect((await login(site, { username: 'ops' })).status).toBe(401);
    expect((await login(site, {})).status).toBe(401);
    expect((await login(site, good, 'v=9')).status).toBe(400);
    expect((await login(site, 'not json')).status).toBe(400);
  });

  it('refreshes and ends a session only with its own cookie and csrf', async () => {
    const site = await openSite();
    const response = await login(site, { username: 'ops', password: 'sandbox' });
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
    const { csrf, bearer } = (await response.json()) as { csrf: string; bearer: string };
    const call = (what: string, body: object, Cookie = cookie) =>
      site.fetch(`${base}/${what}?v=1.3`, { method: 'POST', headers: { Cookie }, body: JSON.stringify(body) });
    const read = () => site.fetch(property, { headers: { Authorization: `Bearer ${bearer}` } });

    const refreshed = await call('refresh', { csrf });
    expect([refreshed.status, await refreshed.text()]).toEqual([200, '']);
    expect((await call('refresh', { csrf: 'other' })).status).toBe(401);
    expect((await call('refresh', { csrf }, '')).status).toBe(401);
    expect((await read()).status).toBe(200);
    expect((await call('logout', { csrf })).status).toBe(200);
    expect((await read()).status).toBe(401);
  });
});

describe('site properties', () => {
  it('has file sharing off when fresh, and keeps what was written over a kill', async () => {
    const site = await openSite();
    const headers = { Authorization: `Bearer ${await logIn(site)}` };
    expect(await (await site.fetch(property, { headers })).json()).toMatchObject({
      id: 'messaging.file.sharing.enabled',
      type: 1,
      propertyValue: { value: 'false' },
      deleted: false,
    });
    await enableFileSharing(site);
    const next = await reopenSite(site);
    expect(await (await next.fetch(property, { headers })).json()).toMatchObject({ propertyValue: { value: 'true' } });
  });

  it('writes with If-Match -1, none or the last revision, and answers 412 to a stale one', async () => {
    const site = await openSite();
    const Authorization = `Bearer ${await logIn(site)}`;
    const first = await put(site, true, { Authorization, 'If-Match': '-1' });
    const revision = first.headers.get('etag') ?? '';
    expect(first.status).toBe(200);
    expect(await first.json()).toMatchObject({ propertyValue: { value: true } });
    expect((await put(site, 'true', { Authorization, 'If-Match': `"${revision}"` })).status).toBe(200);
    expect((await put(site, 'false', { Authorization, 'If-Match': revision })).status).toBe(412);
    expect((await put(site, 'true', { Authorization })).status).toBe(200);
  });

  it('lets exactly one of two writers with the same revision win', async () => {
    const site = await openSite();
    const headers = { Authorization: `Bearer ${await logIn(site)}` };
    const revision = (await site.fetch(property, { headers })).headers.get('etag') ?? '';
    const both = await Promise.all([1, 2].map(() => put(site, 'true', { ...headers, 'If-Match': revision })));
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 412]));
  });

  it('creates unknown ids by PUT and POST, lists all, and refuses a POST of a known one', async () => {
    const site = await openSite();
    const Authorization = `Bearer ${await logIn(site)}`;
    const other = property.replace('messaging.file.sharing.enabled', 'some.other');
    expect((await site.fetch(other, { headers: { Authorization } })).status).toBe(404);
    expect((await put(site, 'x', { Authorization }, other)).status).toBe(200);
    const third = { id: 'a.third', type: 2, propertyValue: { value: 'y' } };
    const post = () =>
      site.fetch(properties, { method: 'POST', headers: { Authorization }, body: JSON.stringify(third) });
    expect([(await post()).status, (await post()).status]).toEqual([201, 409]);
    const all = (await (await site.fetch(properties, { headers: { Authorization } })).json()) as { id: string }[];
    expect(all.map(({ id }) => id)).toEqual(['messaging.file.sharing.enabled', 'some.other', 'a.third']);
  });

  it('refuses a wrong bearer with 401, a user without the privilege to write with 403, and nonsense with 400', async () => {
    const site = await openSite();
    const viewer = { Authorization: `Bearer ${await logIn(site, 'viewer')}` };
    const ops = { Authorization: `Bearer ${await logIn(site)}` };
    expect((await site.fetch(property)).status).toBe(401);
    expect((await put(site, 'true', { Authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await site.fetch(property, { headers: viewer })).status).toBe(200);
    expect((await put(site, 'true', viewer)).status).toBe(403);
    expect((await site.fetch(property, { method: 'PUT', headers: ops, body: '{}' })).status).toBe(400);
  });
});
