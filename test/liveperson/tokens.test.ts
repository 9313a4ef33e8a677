import { failsWith, setUp, tearDown } from './support/harness';
import { makeJwt } from './support/stub';

afterEach(tearDown);

describe('consumer tokens', () => {
  it('of a sign-up carry the subject and expiry of the JWT', async () => {
    const { stub, liveperson } = await setUp();
    const token = await liveperson.consumerToken(stub.account, { kind: 'signup' });
    expect(token).toEqual({ jwt: makeJwt('sub-1'), consumerId: 'sub-1', expiresAt: null });
    expect(stub.requests.at(-1)).toMatchObject({ method: 'POST', path: '/api/account/12345678/signup', body: '' });
  });

  it('of the anonymous flow are authorised, then authenticated with the connector', async () => {
    const { stub, liveperson } = await setUp();
    const credentials = { kind: 'anonymous', connectorId: 'c 1' } as const;
    const token = await liveperson.consumerToken(stub.account, credentials);
    expect(token).toMatchObject({ consumerId: 'sub-1', expiresAt: 1_900_000_000, externalToken: 'external-1' });
    expect(stub.requests.slice(-2).map(({ path, body }) => [path, body])).toEqual([
      ['/api/account/12345678/anonymous/authorize', ''],
      ['/api/account/12345678/app/c%201/authenticate?v=3.0', '{"id_token":"external-1"}'],
    ]);
  });

  it('of the anonymous flow are refreshed with the earlier external token, so that the identity stays', async () => {
    const { stub, liveperson } = await setUp();
    const credentials = { kind: 'anonymous', connectorId: 'c1', externalToken: 'earlier' } as const;
    await liveperson.consumerToken(stub.account, credentials);
    expect(stub.requests.at(-2)?.body).toBe('{"id_token":"earlier"}');
  });

  it('of the anonymous flow are refused when a second, fresh external token is refused too', async () => {
    const { stub, liveperson } = await setUp();
    stub.onRequest = ({ path }) => (path.includes('/app/') ? { status: 401 } : undefined);
    await failsWith(
      liveperson.consumerToken(stub.account, { kind: 'anonymous', connectorId: 'c1' }),
      'CREDENTIALS_REFUSED',
    );
    expect(stub.requests.map(({ path }) => path.split('/').at(-1)?.replace(/\?.*/, ''))).toEqual([
      'baseURI.json',
      'authorize',
      'authenticate',
      'authorize',
      'authenticate',
    ]);
  });

  it('of a brand are exchanged for its code', async () => {
    const { stub, liveperson } = await setUp();
    await liveperson.consumerToken(stub.account, { kind: 'authenticated', authCode: 'brand-code' });
    expect(stub.requests.at(-1)).toMatchObject({
      path: '/api/account/12345678/authenticate',
      body: '{"authCode":"brand-code"}',
    });
  });

  it.each([
    [{ status: 400, body: { error: 'invalid_code' } }, 'CREDENTIALS_REFUSED'],
    [{ status: 401 }, 'CREDENTIALS_REFUSED'],
    [{ status: 404 }, 'REQUEST_REFUSED'],
    [{ status: 429 }, 'THROTTLED'],
    [{ status: 502 }, 'MESSAGING_UNAVAILABLE'],
    [{ status: 200, body: {} }, 'PROTOCOL_ERROR'],
    [{ status: 200, body: { jwt: 'no-jwt' } }, 'PROTOCOL_ERROR'],
    [{ status: 200, body: { jwt: 'a.bm90IGpzb24.c' } }, 'PROTOCOL_ERROR'],
    [{ status: 200, body: { jwt: makeJwt('') } }, 'PROTOCOL_ERROR'],
    [{ status: 200, body: { jwt: `${makeJwt('sub')}\r\nx: y` } }, 'PROTOCOL_ERROR'],
    [{ status: 307, headers: { location: '/' } }, 'UNTRUSTED_HOST'],
    ['cut', 'MESSAGING_UNAVAILABLE'],
  ] as const)('fail after the answer %j with %s', async (answer, code) => {
    const { stub, liveperson } = await setUp();
    stub.onRequest = (request) => (request.path.includes('/authenticate') ? answer : undefined);
    const error = await failsWith(
      liveperson.consumerToken(stub.account, { kind: 'authenticated', authCode: 'canary-code' }),
      code,
    );
    expect(JSON.stringify([error.message, error.details])).not.toContain('canary');
  });
});
