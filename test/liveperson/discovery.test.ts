import { array, assert, constantFrom, property } from 'fast-check';
import { trustedOrigin } from '../../src/liveperson/trust';
import type { AccountAddress } from '../../src/liveperson';
import { failsWith, setUp, tearDown, until } from './support/harness';
import { baseUris } from './support/stub';

afterEach(tearDown);

const LIVE: AccountAddress = {
  accountId: '1',
  domain: 'api.liveperson.net',
  plaintext: false,
  trustedHosts: ['files.example.org', 'pinned.example.org:8443'],
};

describe('domain discovery', () => {
  it('asks once for all who ask at the same time, and keeps the answer', async () => {
    const { stub, liveperson } = await setUp();
    const urls = await Promise.all(
      Array.from({ length: 20 }, (_, i) => liveperson.serviceUrl(stub.account, i % 2 ? 'swift' : 'idp')),
    );
    await liveperson.serviceUrl(stub.account, 'agentVep');
    expect(new Set(urls)).toEqual(new Set([`http://${stub.host}`]));
    expect(stub.requests.map((request) => request.path)).toEqual([
      '/api/account/12345678/service/baseURI.json?version=1.0',
    ]);
  });

  it('does not keep a failure, nor an answer with a host that is not trusted', async () => {
    const { stub, liveperson } = await setUp();
    stub.onRequest = () => ({ status: 503 });
    await expect(liveperson.serviceUrl(stub.account, 'swift')).rejects.toMatchObject({ code: 'MESSAGING_UNAVAILABLE' });
    stub.onRequest = () => ({ status: 200, body: { baseURIs: baseUris('evil.example') } });
    await expect(liveperson.serviceUrl(stub.account, 'swift')).rejects.toMatchObject({ code: 'UNTRUSTED_HOST' });
    stub.onRequest = () => undefined;
    expect(await liveperson.serviceUrl(stub.account, 'swift')).toBe(`http://${stub.host}`);
  });

  it('reads a single entry where an array is expected, and leaves out entries that are none', async () => {
    const { stub, liveperson, another } = await setUp();
    const [entry] = baseUris(stub.host);
    stub.onRequest = () => ({ status: 200, body: { baseURIs: entry } });
    expect(await liveperson.serviceUrl(stub.account, 'asyncMessagingEnt')).toBe(`http://${stub.host}`);
    stub.onRequest = () => ({ status: 200, body: { baseURIs: [null, 7, { service: 'swift' }, entry], more: 1 } });
    expect(await another().serviceUrl(stub.account, 'asyncMessagingEnt')).toBe(`http://${stub.host}`);
    await expect(another().serviceUrl(stub.account, 'swift')).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
  });

  it('never follows a redirect', async () => {
    const { stub, liveperson } = await setUp();
    stub.onRequest = (request) =>
      request.path === '/elsewhere'
        ? undefined
        : { status: 302, headers: { location: `http://${stub.host}/elsewhere` } };
    await expect(liveperson.serviceUrl(stub.account, 'swift')).rejects.toMatchObject({ code: 'UNTRUSTED_HOST' });
    expect(stub.requests).toHaveLength(1);
  });

  it('ends the wait of one who gives up and lets the others have the answer', async () => {
    const { stub, liveperson } = await setUp();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    stub.onRequest = async () => {
      await gate;
      return undefined;
    };
    const abort = new AbortController();
    const impatient = liveperson.serviceUrl(stub.account, 'swift', abort.signal);
    const patient = liveperson.serviceUrl(stub.account, 'swift');
    await until(() => stub.requests.length === 1, 'the request');
    abort.abort(new Error('no longer wanted'));
    await expect(impatient).rejects.toThrow('no longer wanted');
    release();
    expect(await patient).toBe(`http://${stub.host}`);
  });

  it('gives a sentence when nothing answers, or an answer is too large or not JSON', async () => {
    const { stub, liveperson } = await setUp({ answerTimeoutMs: 300 });
    stub.onRequest = () => ({ status: 200, body: 'x'.repeat(3_000_000) });
    const large = await failsWith(liveperson.serviceUrl(stub.account, 'swift'), 'MESSAGING_UNAVAILABLE');
    expect(large.message).toContain('larger than any answer should be');
    stub.onRequest = () => ({ status: 200, body: '<html>' });
    await expect(liveperson.serviceUrl(stub.account, 'swift')).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
    stub.onRequest = () => new Promise(() => undefined);
    const silent = await failsWith(liveperson.serviceUrl(stub.account, 'swift'), 'MESSAGING_UNAVAILABLE');
    expect(silent.message).toContain('did not answer in time');
    await stub.stop();
    const gone = await failsWith(liveperson.serviceUrl(stub.account, 'swift'), 'MESSAGING_UNAVAILABLE');
    expect(gone.message).toContain('the connection was refused');
  });
});

describe('trust in hosts', () => {
  it.each([
    ['api.liveperson.net', 'https://api.liveperson.net'],
    ['va.msg.liveperson.net', 'https://va.msg.liveperson.net'],
    ['LO.Objects.lpsnmedia.net:443', 'https://lo.objects.lpsnmedia.net:443'],
    ['files.example.org:9000', 'https://files.example.org:9000'],
    ['pinned.example.org:8443', 'https://pinned.example.org:8443'],
  ])('%s is trusted', (host, origin) => {
    expect(trustedOrigin(LIVE, host, 'swift')).toBe(origin);
  });

  it.each([
    'evil.example',
    'liveperson.net.evil.example',
    'evilliveperson.net',
    'liveperson.net.',
    'pinned.example.org',
    'https://va.msg.liveperson.net',
    'va.msg.liveperson.net/path',
    'user@va.msg.liveperson.net',
    'va.msg.liveperson.net:0',
    'va.msg.liveperson.net:99999',
    'evil.example#.liveperson.net',
    'evil.example?.liveperson.net',
    'evil.example\\.liveperson.net',
    'evil.example\u0000.liveperson.net',
    'evil.example\n.liveperson.net',
    '',
  ])('%j is not trusted', (host) => {
    expect(() => trustedOrigin(LIVE, host, 'swift')).toThrow(expect.objectContaining({ code: 'UNTRUSTED_HOST' }));
  });

  it.each(['va.msg.liveperson.net:8443', 'va.msg.liveperson.net:80', 'lo.objects.lpsnmedia.net:8443'])(
    '%s is trusted only when it is listed: LivePerson itself is at port 443',
    (host) => {
      expect(() => trustedOrigin(LIVE, host, 'swift')).toThrow('not trusted');
      expect(trustedOrigin({ ...LIVE, trustedHosts: [host] }, host, 'swift')).toBe(`https://${host}`);
    },
  );

  it.each(['asyncMessagingEnt', 'idp', 'agentVep', 'accountConfigReadWrite'] as const)(
    'lpsnmedia.net is trusted with files, not as the service %s',
    (service) => {
      const host = 'lo.objects.lpsnmedia.net';
      expect(() => trustedOrigin(LIVE, host, service)).toThrow('not trusted');
      expect(trustedOrigin(LIVE, 'va.msg.liveperson.net', service)).toBe('https://va.msg.liveperson.net');
      expect(trustedOrigin({ ...LIVE, trustedHosts: [host] }, host, service)).toBe(`https://${host}`);
    },
  );

  it('never connects to another host than the one it checked, whatever discovery says', () => {
    const piece = constantFrom('liveperson.net', '.', '@', ':', '/', '#', '?', '\\', '%2e', '[', ']', 'evil', '1', ' ');
    assert(
      property(array(piece, { maxLength: 8 }), (pieces) => {
        let origin: string;
        try {
          origin = trustedOrigin(LIVE, pieces.join(''), 'swift');
        } catch {
          return;
        }
        const { hostname, username, pathname, search, hash } = new URL(origin);
        expect(hostname).toMatch(/(^|\.)liveperson\.net$/);
        expect([username, pathname, search, hash]).toEqual(['', '/', '', '']);
      }),
      { numRuns: 2_000 },
    );
  });

  it('speaks plaintext with this machine only, on any of its ports', () => {
    const local = { ...LIVE, domain: '127.0.0.1:8480', plaintext: true, trustedHosts: ['files.example.org'] };
    expect(trustedOrigin(local, '127.0.0.1:9999', 'swift')).toBe('http://127.0.0.1:9999');
    expect(() => trustedOrigin(local, 'files.example.org', 'swift')).toThrow('not trusted');
    expect(() => trustedOrigin(local, 'va.msg.liveperson.net', 'swift')).toThrow('not trusted');
  });

  it('refuses plaintext to another machine before anything is sent', async () => {
    const { liveperson } = await setUp();
    await expect(liveperson.serviceUrl({ ...LIVE, plaintext: true }, 'swift')).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
    });
    await expect(liveperson.serviceUrl({ ...LIVE, domain: 'https://x/y' }, 'swift')).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
    });
  });
});
