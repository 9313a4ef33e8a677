import * as fc from 'fast-check';
import { FerryError } from '../../src/errors';
import { signedUrl, type SignedUrl, type SignedUrlParts } from '../../src/storage';
import { requestTarget } from '../../src/storage/signed-url';

const PATH = '/v1/AUTH_async-images/12345678/a.PNG';
const queryParams = { temp_url_sig: 'abc', temp_url_expires: '1700000060' };
const make = (parts: Partial<SignedUrlParts> = {}): SignedUrl =>
  signedUrl({ origin: 'https://objects.example.net', relativePath: PATH, queryParams, ...parts });

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(FerryError);
    return (error as FerryError).code;
  }
  return 'none';
};

test('A signed URL is put together from origin, path and query as they are', () => {
  const url = make();
  expect(url).toEqual({
    origin: 'https://objects.example.net',
    relativePath: PATH,
    query: queryParams,
    expiresAt: 1700000060,
  });
  expect(requestTarget(url)).toBe(`${PATH}?temp_url_sig=abc&temp_url_expires=1700000060`);
});

test('An expiry in ISO 8601 is understood as Swift understands it; none or nonsense is PROTOCOL_ERROR', () => {
  expect(make({ queryParams: { temp_url_expires: '2100-01-01T00:00:00Z' } }).expiresAt).toBe(4102444800);
  for (const bad of ['', 'soon', '2100-01-01', '1.5', '-1']) {
    expect(codeOf(() => make({ queryParams: { temp_url_expires: bad } }))).toBe('PROTOCOL_ERROR');
  }
  expect(codeOf(() => make({ queryParams: {} }))).toBe('PROTOCOL_ERROR');
});

test.each([
  '',
  '/',
  '/v1',
  '/v1/',
  '/v1//AUTH_x/c/o',
  'v1/AUTH_x/c/o',
  '//evil.example/v1/AUTH_x/c/o',
  '@evil.example/v1/x',
  'https://evil.example/v1/x',
  '.evil.example/v1/x',
  ':80/v1/x',
  '/v2/AUTH_x/c/o',
  '/v1/AUTH_x/c/o\r\nhost: evil',
  '/v1/AUTH_x/c/o\u0000',
  '/v1/AUTH_x/c/\u0085o',
  '/v1/AUTH_x/c/o?temp_url_sig=other',
  '/v1/AUTH_x/c/o#fragment',
  '/v1/AUTH_x/c/\ud800',
])('The relativePath %j is UNTRUSTED_HOST', (relativePath) => {
  expect(codeOf(() => make({ relativePath }))).toBe('UNTRUSTED_HOST');
});

test.each([
  'objects.example.net',
  'ftp://objects.example.net',
  'https://objects.example.net/v1',
  'https://user:password@objects.example.net',
  'https://objects.example.net?x=y',
  'javascript:alert(1)',
  '',
])('The origin %j is UNTRUSTED_HOST', (origin) => {
  expect(codeOf(() => make({ origin }))).toBe('UNTRUSTED_HOST');
});

test('Double slashes in the path stay as they were signed, blanks and letters of the world are escaped', () => {
  const target = (relativePath: string): string | undefined => requestTarget(make({ relativePath })).split('?')[0];
  expect(target('/v1/a/b//c/d.e..f')).toBe('/v1/a/b//c/d.e..f');
  expect(target('/v1/a/c/r%61nge.txt')).toBe('/v1/a/c/r%61nge.txt');
  expect(target('/v1/a/c/a é.png')).toBe('/v1/a/c/a%20%C3%A9.png');
});

test.each([
  '/v1/a/../b',
  '/v1/a/./b',
  '/v1/a/b/..',
  '/v1/a/%2e%2e/b',
  '/v1/a/.%2E/b',
  '/v1/a%2f..%2fb',
  '/v1/a%5c%2e./b',
])('The path %s, which a server could resolve to another, is UNTRUSTED_HOST', (relativePath) => {
  expect(codeOf(() => make({ relativePath }))).toBe('UNTRUSTED_HOST');
  expect(codeOf(() => requestTarget({ ...make(), relativePath }))).toBe('UNTRUSTED_HOST');
});

test('A URL that was tampered with on its way is refused when it is used', () => {
  expect(codeOf(() => requestTarget({ ...make(), relativePath: '@evil.example/v1/x' }))).toBe('UNTRUSTED_HOST');
  expect(codeOf(() => requestTarget({ ...make(), origin: 'https://a@evil.example' }))).toBe('UNTRUSTED_HOST');
});

test('Whatever the path, a URL that is made points to its origin and to nothing that could end the request line', () => {
  const anyPath = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }).map((rest) => `/v1/a${rest}`),
    fc.webPath().map((path) => `/v1${path}`),
  );
  expect(() =>
    fc.assert(
      fc.property(anyPath, (relativePath) => {
        let url: SignedUrl;
        try {
          url = make({ relativePath });
        } catch (error) {
          return (error as FerryError).code === 'UNTRUSTED_HOST';
        }
        const target = requestTarget(url);
        return /^\/v1\/[\u0021-\u007e]+$/.test(target) && new URL(url.origin + target).origin === url.origin;
      }),
      { numRuns: 2000 },
    ),
  ).not.toThrow();
});
