import * as fc from 'fast-check';
import { redact } from '../../src/secrets';

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhYmMiLCJleHAiOjE3MDB9.c2lnbmF0dXJlLXdpdGgtX2FuZC0tYW5kLW1vcmU';

test.each([
  ['a token', `connected with ${JWT} at once`, JWT],
  ['a token in JSON', JSON.stringify({ jwt: JWT, x: 1 }), JWT],
  ['an unsigned token', `${JWT.split('.').slice(0, 2).join('.')}.`, 'eyJzdWI'],
  [
    'a signed URL',
    'PUT https://s/v1/a/b?temp_url_sig=da39a3ee5e6b4b0d&temp_url_expires=1700000060',
    'da39a3ee5e6b4b0d',
  ],
  ['the expiry', 'PUT https://s/v1/a/b?temp_url_sig=da39a3ee5e6b4b0d&temp_url_expires=1700000060', '1700000060'],
  ['a signature in JSON', '{"temp_url_sig":"da39a3ee5e6b4b0d","temp_url_expires":"1700000060"}', 'da39a3ee5e6b4b0d'],
  ['a signature in JSON in JSON', JSON.stringify('{"temp_url_sig": "da39a3ee5e6b4b0d"}'), 'da39a3ee5e6b4b0d'],
  ['an encoded signature', 'url=https%3A%2F%2Fs%3Ftemp_url_sig%3Dda39a3ee5e6b4b0d', 'da39a3ee5e6b4b0d'],
  ['a bearer', 'authorization: Bearer 0123456789abcdef', '0123456789abcdef'],
  ['a bearer alone', 'sent Bearer 0123456789abcdef to them', '0123456789abcdef'],
  ['a header in JSON', '{"Authorization":"jwt opaque-value"}', 'opaque-value'],
  ['basic credentials', 'Authorization: Basic b3BzOnNhbmRib3g=', 'b3BzOnNhbmRib3g'],
  ['OAuth 1', 'Authorization: OAuth oauth_consumer_key="abc123", oauth_signature="sig%2Fnat"', 'sig%2Fnat'],
  ['a password in JSON', '{"username":"ops","password":"hunter2"}', 'hunter2'],
  ['the answer to a login', '{"csrf":"c5rf","bearer":"3f2e0a9b"}', '3f2e0a9b'],
])('%s does not get through', (_what, text, secret) => {
  expect(text).toContain(secret);
  expect(redact(text)).not.toContain(secret);
  expect(redact(text)).toContain('[hidden]');
});

test('Text that is not a secret stays readable', () => {
  for (const text of [
    'PUT https://s/v1/AUTH_async-images/12345678/a.JPG answered 201',
    'token expired (4401); asking for a fresh one',
    'The bearer of this message is well',
    '{"type":"receipt","md5":"d41d8cd98f00b204e9800998ecf8427e"}',
    'ops logged in with password; the secret is safe',
  ]) {
    expect(redact(text)).toBe(text);
  }
});

test('a known secret is taken out as it is, in JSON, in a URL and in base64', () => {
  const secret = 'p"ss wörd\\&';
  const text = [
    secret,
    JSON.stringify({ note: secret }),
    `https://h/?p=${encodeURIComponent(secret)}`,
    Buffer.from(secret).toString('base64'),
  ].join('\n');
  const clean = redact(text, [secret, 'p"ss']);
  expect(clean).toBe(['[hidden]', '{"note":"[hidden]"}', 'https://h/?p=[hidden]', '[hidden]'].join('\n'));
});

test('a very short known secret does not black out the text', () => {
  expect(redact('a banana', ['a', ''])).toBe('a banana');
});

test('any token in any surroundings is taken out', () => {
  const around = fc.string({ unit: fc.constantFrom('"', ' ', ',', '{', ':', '\n', '/', '=') });
  fc.assert(
    fc.property(around, around, (before, after) => {
      expect(redact(`${before}${JWT}${after}`)).not.toMatch(/eyJ/);
    }),
  );
});

test('a megabyte of hostile text takes well under a second', () => {
  for (const unit of ['eyJaaaaaaaaaa', 'temp_url_sig', 'bearer ', 'authorization ', '"token":', 'eyJ']) {
    const text = unit.repeat(Math.ceil(1_000_000 / unit.length));
    const start = performance.now();
    redact(text);
    expect(performance.now() - start).toBeLessThan(1_000);
  }
});
