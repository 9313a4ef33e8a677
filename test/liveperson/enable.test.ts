import { FILE_SHARING, type AdminCredentials } from '../../src/liveperson';
import { failsWith, setUp, tearDown } from './support/harness';

afterEach(tearDown);

const OPS: AdminCredentials = { kind: 'password', username: 'ops', password: 'canary-password' };

const off = (value: unknown = 'false', etag = '"7"') => ({
  status: 200,
  body: { id: FILE_SHARING, type: 1, propertyValue: { value }, deleted: false },
  headers: { etag },
});

describe('enabling file sharing', () => {
  it('reads first and writes nothing where it is on already', async () => {
    const { stub, liveperson } = await setUp();
    expect(await liveperson.ensureFileSharing(stub.account, OPS, true)).toEqual({ wasOn: true });
    expect(stub.requests.map((request) => request.method)).toEqual(['GET', 'POST', 'GET']);
  });

  it.each([
    ['"true"', 'true'],
    ['true', true],
  ])('takes the value %s for on', async (_, value) => {
    const { stub, liveperson } = await setUp();
    stub.onRequest = (request) => (request.path.includes('/properties/') ? off(value) : undefined);
    expect(await liveperson.ensureFileSharing(stub.account, OPS, false)).toEqual({ wasOn: true });
  });

  it.each([
    ['2026-11-28T07:00:00.000Z', 60_000],
    ['2026-11-28T08:00:00.000+0100', 60_000],
    ['2026-11-28 07:00:00', 60_000],
    [Date.parse('2026-11-28T07:00:00Z'), 60_000],
    ['2026-11-28T07:02:00Z', 0],
    ['yesterday', null],
    [undefined, null],
  ])('tells the age of a property that was modified at %s, by the clock of the service', async (modifiedDate, age) => {
    const { stub, liveperson } = await setUp();
    const body = { propertyValue: { value: true }, modifiedDate };
    const headers = { date: 'Sat, 28 Nov 2026 07:01:00 GMT' };
    stub.onRequest = (request) => (request.path.includes('/properties/') ? { status: 200, body, headers } : undefined);
    const property = await liveperson.readProperty(stub.account, OPS, FILE_SHARING);
    expect(property).toMatchObject({ isOn: true, modifiedAgoMs: age });
  });

  it('writes with the revision that it read, in the type that it read', async () => {
    const { stub, liveperson } = await setUp();
    stub.onRequest = (r) => (r.method === 'GET' && r.path.includes('/properties/') ? off(false) : undefined);
    expect(await liveperson.ensureFileSharing(stub.account, OPS, true)).toEqual({ wasOn: false });
    const put = stub.requests.find((request) => request.method === 'PUT');
    expect(put?.path).toBe(`/api/account/12345678/configuration/setting/properties/${FILE_SHARING}?v=3.0`);
    expect(put?.headers).toMatchObject({ 'if-match': '"7"', authorization: `Bearer ${'b'.repeat(64)}` });
    expect(JSON.parse(put?.body ?? '')).toEqual({
      id: FILE_SHARING,
      type: 1,
      propertyValue: { value: true },
      deleted: 'false',
    });
  });

  it('creates the property with If-Match -1 where there is none yet', async () => {
    const { stub, liveperson } = await setUp();
    stub.onRequest = (r) => (r.method === 'GET' && r.path.includes('/properties/') ? { status: 404 } : undefined);
    expect(await liveperson.readProperty(stub.account, OPS, FILE_SHARING)).toBeNull();
    await liveperson.ensureFileSharing(stub.account, OPS, true);
    expect(stub.requests.find((request) => request.method === 'PUT')?.headers['if-match']).toBe('-1');
  });

  it('never writes where it may not', async () => {
    const { stub, liveperson } = await setUp();
    stub.onRequest = (request) => (request.path.includes('/properties/') ? off() : undefined);
    await expect(liveperson.ensureFileSharing(stub.account, OPS, false)).rejects.toMatchObject({
      code: 'FILE_SHARING_OFF',
    });
    expect(stub.requests.some((request) => request.method === 'PUT')).toBe(false);
  });

  it('looks again when somebody else wrote in between, and does not overwrite that', async () => {
    const { stub, liveperson } = await setUp();
    let reads = 0;
    stub.onRequest = (request) => {
      if (!request.path.includes('/properties/')) return undefined;
      if (request.method === 'PUT') return { status: 412 };
      return off(reads++ === 0 ? 'false' : 'true');
    };
    await liveperson.ensureFileSharing(stub.account, OPS, true);
    expect(stub.requests.filter((request) => request.method === 'PUT')).toHaveLength(1);
  });

  it('heals a write whose answer was lost: the next try reads and finds it done', async () => {
    const { stub, liveperson } = await setUp();
    stub.onRequest = (r) => (r.method === 'GET' && r.path.includes('/properties/') ? off() : undefined);
    let written = 0;
    const before = stub.onRequest;
    stub.onRequest = (request) => {
      if (request.method !== 'PUT') return before(request);
      written++;
      stub.onRequest = () => undefined;
      return 'cut';
    };
    await expect(liveperson.ensureFileSharing(stub.account, OPS, true)).rejects.toMatchObject({
      code: 'MESSAGING_UNAVAILABLE',
    });
    expect(await liveperson.ensureFileSharing(stub.account, OPS, true)).toEqual({ wasOn: true });
    expect(written).toBe(1);
  });

  it('says which privilege is missing', async () => {
    const { stub, liveperson } = await setUp();
    stub.onRequest = (r) =>
      r.path.includes('/properties/') ? (r.method === 'PUT' ? { status: 403 } : off()) : undefined;
    const error = await failsWith(liveperson.ensureFileSharing(stub.account, OPS, true), 'PRIVILEGE_MISSING');
    expect(error.message).toContain('ops may not write the site property messaging.file.sharing.enabled');
  });
});

describe('the login', () => {
  it('happens once for a hundred who ask at the same time, and its session is kept', async () => {
    const { stub, liveperson } = await setUp();
    const asked = Array.from({ length: 100 }, (_, i) => liveperson.readProperty(stub.account, OPS, `p${i}`));
    await Promise.all(asked);
    await liveperson.readProperty(stub.account, OPS, 'later');
    expect(stub.requests.filter((request) => request.path.includes('/login'))).toHaveLength(1);
  });

  it('is done again, once, when a service no longer accepts the session', async () => {
    const { stub, liveperson } = await setUp();
    await liveperson.readProperty(stub.account, OPS, 'p');
    let refused = 0;
    stub.onRequest = (request) =>
      request.path.includes('/properties/') && refused++ === 0 ? { status: 401 } : undefined;
    expect(await liveperson.readProperty(stub.account, OPS, 'p')).toMatchObject({ id: 'p' });
    expect(stub.requests.filter((request) => request.path.includes('/login'))).toHaveLength(2);
    stub.onRequest = (request) => (request.path.includes('/properties/') ? { status: 401 } : undefined);
    await expect(liveperson.readProperty(stub.account, OPS, 'p')).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect(stub.requests.filter((request) => request.path.includes('/login'))).toHaveLength(3);
  });

  it('is spared by a refresh with cookie and csrf, and done again where the refresh is refused', async () => {
    const { stub, liveperson } = await setUp({ sessionRefreshMs: 0 });
    await liveperson.readProperty(stub.account, OPS, 'p');
    stub.onRequest = (request) => (request.path.includes('/refresh') ? { status: 200, body: '' } : undefined);
    await liveperson.readProperty(stub.account, OPS, 'p');
    const refresh = stub.requests.find((request) => request.path.includes('/refresh'));
    expect(refresh?.headers['cookie']).toBe('Session_id=s1');
    expect(refresh?.body).toBe(`{"csrf":"${'c'.repeat(64)}"}`);
    expect(stub.requests.filter((request) => request.path.includes('/login'))).toHaveLength(1);
    stub.onRequest = (request) => (request.path.includes('/refresh') ? { status: 401 } : undefined);
    await liveperson.readProperty(stub.account, OPS, 'p');
    expect(stub.requests.filter((request) => request.path.includes('/login'))).toHaveLength(2);
  });

  it('sends an API key in the documented fields', async () => {
    const { stub, liveperson } = await setUp();
    const key = { username: 'bot', appKey: 'k', secret: 's', accessToken: 't', accessTokenSecret: 'ts' };
    await liveperson.readProperty(stub.account, { kind: 'apiKey', oauth: 1, ...key }, 'p');
    const login = stub.requests.find((request) => request.path.includes('/login'));
    expect(login?.path).toBe('/api/account/12345678/login?v=1.3');
    expect(JSON.parse(login?.body ?? '')).toEqual(key);
  });

  it('sends an OAuth 2.0 client in the same fields, with placeholders for the access token', async () => {
    const { stub, liveperson } = await setUp();
    const client = { clientId: 'id', clientSecret: 's' };
    await liveperson.readProperty(stub.account, { kind: 'apiKey', username: 'bot', oauth: 2, ...client }, 'p');
    const login = stub.requests.find((request) => request.path.includes('/login'));
    expect(JSON.parse(login?.body ?? '')).toEqual({
      username: 'bot',
      appKey: 'id',
      secret: 's',
      accessToken: expect.stringMatching(/./),
      accessTokenSecret: expect.stringMatching(/./),
    });
  });

  it('is held back for five seconds after a 429, for everybody', async () => {
    const { stub, liveperson } = await setUp();
    stub.onRequest = (request) => (request.path.includes('/login') ? { status: 429 } : undefined);
    const first = await failsWith(liveperson.readProperty(stub.account, OPS, 'p'), 'THROTTLED');
    expect(first.retryAfterMs).toBe(5_000);
    const second = await failsWith(liveperson.readProperty(stub.account, OPS, 'p'), 'THROTTLED');
    expect(second.retryAfterMs).toBeGreaterThan(4_000);
    expect(stub.requests.filter((request) => request.path.includes('/login'))).toHaveLength(1);
  });

  it('does not hammer with a refused password, but tries a corrected one at once', async () => {
    const { stub, liveperson } = await setUp();
    stub.onRequest = (request) =>
      request.path.includes('/login') && request.body.includes('canary') ? { status: 401 } : undefined;
    for (let i = 0; i < 10; i++)
      await expect(liveperson.readProperty(stub.account, OPS, 'p')).rejects.toMatchObject({
        code: 'CREDENTIALS_REFUSED',
      });
    expect(stub.requests.filter((request) => request.path.includes('/login'))).toHaveLength(2);
    expect(await liveperson.readProperty(stub.account, { ...OPS, password: 'right' }, 'p')).not.toBeNull();
  });

  it.each([
    [{ status: 401, body: { error: { message: 'wrong', internalCode: 10 } } }, 'CREDENTIALS_REFUSED'],
    [{ status: 451 }, 'ACCOUNT_BLOCKED'],
    [{ status: 500 }, 'MESSAGING_UNAVAILABLE'],
    [{ status: 400 }, 'REQUEST_REFUSED'],
    [{ status: 200, body: {} }, 'PROTOCOL_ERROR'],
    [{ status: 200, body: { bearer: 'two\nlines' } }, 'PROTOCOL_ERROR'],
    [{ status: 200, body: { error: { message: 'locked', internalCode: 14 } } }, 'CREDENTIALS_REFUSED'],
    [{ status: 302, headers: { location: '/' } }, 'UNTRUSTED_HOST'],
  ] as const)('answered with %j fails with %s', async (answer, code) => {
    const { stub, liveperson } = await setUp();
    stub.onRequest = (request) => (request.path.includes('/login') ? answer : undefined);
    await expect(liveperson.readProperty(stub.account, OPS, 'p')).rejects.toMatchObject({ code: code });
  });

  it('leaves neither password nor bearer in errors and log', async () => {
    const { stub, liveperson, logged } = await setUp();
    stub.onRequest = (request) =>
      request.path.includes('/properties/')
        ? { status: 400, body: `refused "bearer": "${'b'.repeat(64)}" of canary: password=canary-password` }
        : undefined;
    const error = await failsWith(liveperson.readProperty(stub.account, OPS, 'p'), 'REQUEST_REFUSED');
    const shown = JSON.stringify([error.message, error.details, error.cause, logged]);
    expect(shown).not.toContain('bbbbbbbb');
    expect(shown).not.toContain('canary-password');
  });
});
