import { addressInRange } from '../storage/ip-range';
import { createUrlSigner } from '../storage/signer';
import { checkTempUrl, tempUrlSignature } from '../storage/temp-url';

const KEY = 'lab-temp-url-key';
const BASE = '/v1/AUTH_async-images/qa57221676';
const PATH = `${BASE}/8a66a22f-81ee-4447-b92f-78e9c3ecc819.PNG`;
const EXPIRES = '4102444800';

interface Case {
  readonly method?: string;
  readonly sig: string;
  readonly expires?: string;
  readonly path?: string;
  readonly query?: Record<string, string>;
  readonly peer?: string;
  readonly now?: number;
}

function check({ method = 'GET', sig, expires = EXPIRES, path = PATH, query = {}, peer = '127.0.0.1', now }: Case) {
  const all = new URLSearchParams({ temp_url_sig: sig, temp_url_expires: expires, ...query });
  return checkTempUrl({ method, path, query: all, peerAddress: peer, nowMs: now ?? Date.now() }, ['other-key', KEY]);
}

const SIGNED: readonly [name: string, vector: Case][] = [
  ['PUT sha1', { method: 'PUT', sig: 'cfd6043297271754b208718a7e74f041ab8c51a9' }],
  ['PUT sha256', { method: 'PUT', sig: 'ebbb401a3814bd0896a13ba5596e4f2cd8fe038f403aa6d89fca2ffe371b628e' }],
  [
    'PUT sha512 in hex',
    {
      method: 'PUT',
      sig: '0c235e9e14300659dc2804edaafa5f2c9b063bf08198c2c3639f4735cf7341ac41e321669c6677883ee8854de73404bfa74c5bd82103cfef8c6edd78925b55db',
    },
  ],
  [
    'PUT sha512 in url-safe base64, as the client prints it',
    {
      method: 'PUT',
      sig: 'sha512:DCNenhQwBlncKATtqvpfLJsGO_CBmMLDY59HNc9zQaxB4yFmnGZ3iD7ohU3nNAS_p0xb2CEDz--Mbt14kltV2w',
    },
  ],
  ['GET sha1', { sig: 'a9d0ee959317be92a03fd709f5c33e68c7d184a4' }],
  ['GET sha256', { sig: 'a18c2330ac02e1287713d04db1e22d10e5f1d93dcc64c113af6f79bdadbf46e7' }],
  [
    'GET sha512 in hex',
    {
      sig: '03b9bed1ebce78d65a27c84d48da7de5be3aa1e7a6d558b691b368576f3b1363114f61523349d09863a374df5c0f21e1a26823e135db6bdce99e47e8d41973ce',
    },
  ],
  [
    'GET by prefix',
    {
      sig: 'f7a805b3b1b208263b66b5ee97d4565e2b751346017e9a52d430ab400a694cde',
      query: { temp_url_prefix: '8a66' },
    },
  ],
  [
    'GET from an address range',
    {
      sig: '5a74333fc0b21791f1c709441faaee7c7e39cb0c2971e1a1e2194c236198ff9f',
      query: { temp_url_ip_range: '127.0.0.0/8' },
    },
  ],
  [
    'GET of a name that is not ASCII',
    { sig: 'ee3f3370a01507c1fcc694e1d638883676756aa6698d527456fe45c9da0c203d', path: `${BASE}/a é.png` },
  ],
];

describe('signatures that the real Swift accepted', () => {
  test.each(SIGNED)('%s is accepted here', (_name, vector) => {
    expect(check(vector)).toEqual({ valid: true, expires: 4102444800 });
  });

  test.each(SIGNED)('%s is refused with one character changed', (_name, vector) => {
    const last = vector.sig.at(-2) === '0' ? '1' : '0';
    expect(check({ ...vector, sig: `${vector.sig.slice(0, -2)}${last}${vector.sig.slice(-1)}` }).valid).toBe(false);
  });

  test.each([
    ['PUT', 'sha1', '9189aa88af4e404e14be2c77c01a604e140a36b4'],
    ['PUT', 'sha256', '6e391dae13d431142cc582c94c2313230674d4216f5c04d278b828db868f5f32'],
    ['GET', 'sha1', 'e48fc2cdf705a9795052bd2c6fcde5dbcaf06590'],
    ['GET', 'sha256', '5ccfdcdc482450af8d6e3cd78bae680688d2cbf2be41c3bea356805a386130b9'],
  ] as const)('%s %s over a past expiry is computed as observed, and refused as expired', (method, digest, sig) => {
    expect(tempUrlSignature(digest, KEY, `${method}\n1474973420\n${PATH}`)).toBe(sig);
    expect(check({ method, sig, expires: '1474973420' })).toEqual({ valid: false, unsigned: false });
    expect(check({ method, sig, expires: '1474973420', now: 1474973419_000 }).valid).toBe(true);
  });
});

describe('what a signature is good for', () => {
  const signed = (method: string, path = PATH, expires = EXPIRES) =>
    tempUrlSignature('sha1', KEY, `${method}\n${expires}\n${path}`);

  test.each(['GET', 'HEAD', 'PUT', 'POST'])('HEAD is content with a signature for %s', (method) => {
    expect(check({ method: 'HEAD', sig: signed(method) }).valid).toBe(true);
  });

  test.each([
    ['HEAD', 'DELETE'],
    ['GET', 'PUT'],
    ['GET', 'HEAD'],
    ['PUT', 'GET'],
    ['PATCH', 'PATCH'],
    ['COPY', 'COPY'],
    ['PUT', 'put'],
  ])('%s is refused with a signature for %s', (method, signedFor) => {
    expect(check({ method, sig: signed(signedFor) }).valid).toBe(false);
  });

  test('a signature over the percent-encoded path is refused', () => {
    const sig = signed('GET', `${BASE}/a%20%C3%A9.png`);
    expect(check({ sig, path: `${BASE}/a é.png` }).valid).toBe(false);
  });

  test.each([
    ['upper-case hex', (sig: string) => sig.toUpperCase()],
    ['no hex', () => 'z'.repeat(40)],
    ['another length', (sig: string) => sig.slice(1)],
    ['an unknown digest', () => 'md5:AAAA'],
  ])('a signature with %s is refused', (_name, change) => {
    expect(check({ sig: change(signed('GET')) }).valid).toBe(false);
  });

  test('neither parameter is told apart from one of the two', () => {
    const request = { method: 'GET', path: PATH, peerAddress: '127.0.0.1', nowMs: Date.now() };
    expect(checkTempUrl({ ...request, query: new URLSearchParams() }, [KEY])).toEqual({ valid: false, unsigned: true });
    const half = new URLSearchParams({ temp_url_sig: signed('GET') });
    expect(checkTempUrl({ ...request, query: half }, [KEY])).toEqual({ valid: false, unsigned: false });
  });

  test('of a repeated parameter the first counts', () => {
    const query = new URLSearchParams(`temp_url_sig=${signed('GET')}&temp_url_expires=${EXPIRES}&temp_url_sig=abc`);
    const request = { method: 'GET', path: PATH, query, peerAddress: '127.0.0.1', nowMs: Date.now() };
    expect(checkTempUrl(request, [KEY]).valid).toBe(true);
  });

  test('a prefix must be the one that was signed and begin the name; an empty one covers the container', () => {
    const sigFor = (prefix: string) => tempUrlSignature('sha1', KEY, `GET\n${EXPIRES}\nprefix:${BASE}/${prefix}`);
    expect(check({ sig: sigFor('8a'), query: { temp_url_prefix: '8a' } }).valid).toBe(true);
    expect(check({ sig: sigFor(''), query: { temp_url_prefix: '' } }).valid).toBe(true);
    expect(check({ sig: sigFor('8a'), query: { temp_url_prefix: '8a66' } }).valid).toBe(false);
    expect(check({ sig: sigFor('zz'), query: { temp_url_prefix: 'zz' } }).valid).toBe(false);
  });
});

describe('expiry', () => {
  const sign = (seconds: string) => tempUrlSignature('sha1', KEY, `GET\n${seconds}\n${PATH}`);

  test('a URL is good until the second begins that it names', () => {
    const sig = sign(EXPIRES);
    expect(check({ sig, now: 4102444800_000 - 1 }).valid).toBe(true);
    expect(check({ sig, now: 4102444800_000 + 1 }).valid).toBe(false);
  });

  test('ISO 8601 in exactly one form is accepted, signed over the Unix seconds', () => {
    expect(check({ sig: sign(EXPIRES), expires: '2100-01-01T00:00:00Z' }).valid).toBe(true);
    expect(check({ sig: sign('2100-01-01T00:00:00Z'), expires: '2100-01-01T00:00:00Z' }).valid).toBe(false);
  });

  test.each(['2100-01-01T00:00:00', '2100-01-01', '2100-01-01T00:00:00.000Z', '4102444800.0', 'soon', ''])(
    'the form "%s" is refused',
    (expires) => {
      expect(check({ sig: sign(EXPIRES), expires }).valid).toBe(false);
    },
  );

  test('milliseconds in place of seconds never expire in effect', () => {
    expect(check({ sig: sign('1795338509000'), expires: '1795338509000' }).valid).toBe(true);
  });
});

describe('address ranges', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '127.0.0.0/8', true],
    ['::ffff:127.0.0.1', '127.0.0.0/8', true],
    ['127.0.0.1', '127.0.0.1/8', false],
    ['127.0.0.1', '10.0.0.0/8', false],
    ['127.0.0.1', '0.0.0.0/0', true],
    ['::1', '::1', true],
    ['::1', '::/64', true],
    ['::1', '::1/64', false],
    ['127.0.0.1', '::/0', false],
    ['127.0.0.1', '127.0.0.0/33', false],
    ['127.0.0.1', 'localhost', false],
    ['127.0.0.1', '127.0.0.0/8/8', false],
  ])('%s in %s: %s', (address, range, inside) => {
    expect(addressInRange(address, range)).toBe(inside);
  });
});

describe('URLs that the sandbox signs', () => {
  test('they expire at floor(now + life), and pass the check until then', () => {
    const before = Math.floor(Date.now() / 1000 + 60);
    const { temp_url_sig: sig, temp_url_expires: expires } = createUrlSigner(KEY, 60).sign('PUT', PATH);
    expect(Number(expires) - before).toBeGreaterThanOrEqual(0);
    expect(Number(expires) - before).toBeLessThanOrEqual(1);
    expect(sig).toMatch(/^[\da-f]{40}$/);
    expect(check({ method: 'PUT', sig, expires }).valid).toBe(true);
  });

  test('one that is signed as expired is refused at once', () => {
    const { temp_url_sig: sig, temp_url_expires: expires } = createUrlSigner(KEY, 60).signExpired('GET', PATH);
    expect(check({ sig, expires }).valid).toBe(false);
  });
});
