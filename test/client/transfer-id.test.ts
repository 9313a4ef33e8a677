import { assert, nat, option, property, record, string, uuid, type Arbitrary } from 'fast-check';
import { fetchIdOf, transferIdOf, type TransferIdentity } from '../../src/contract/transfer-id';

const identity: TransferIdentity = {
  account: 'acme',
  consumer: 'ops',
  conversationId: null,
  host: 'desk',
  path: '/data/plan.jpg',
  name: 'plan.jpg',
  sizeBytes: 100,
  mtimeMs: 1_700_000_000_000.25,
  caption: '',
};

const anyText = string({ unit: 'binary', maxLength: 40 });
const anyNumber = option(nat(), { nil: null });
const anyIdentity: Arbitrary<TransferIdentity> = record({
  account: anyText,
  consumer: anyText,
  conversationId: option(uuid(), { nil: null }),
  host: anyText,
  path: anyText,
  name: anyText,
  sizeBytes: anyNumber,
  mtimeMs: anyNumber,
  caption: anyText,
});

/** Everything but the name, which is there to be read. */
function hashed(made: TransferIdentity): string {
  return JSON.stringify({ ...made, name: '' }, Object.keys(made).sort());
}

test('An id is made of account, name and hash, and never changes: repeated sends rely on it.', () => {
  expect(transferIdOf(identity)).toBe('acme-plan-b2kpm2cw9k');
});

test('An id can be typed, whatever the account and the file are called.', () => {
  assert(
    property(anyIdentity, (made) => {
      expect(transferIdOf(made)).toMatch(
        /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?-[a-z0-9]([a-z0-9-]{0,22}[a-z0-9])?-[0-9a-hjkmnp-tv-z]{10}$/,
      );
    }),
  );
});

test('Different sends have different ids and equal sends the same.', () => {
  assert(
    property(anyIdentity, anyIdentity, (one, other) => {
      const same = hashed(one) === hashed({ ...other });
      const ids = [one, other].map((made) => transferIdOf({ ...made, name: 'same.jpg', account: made.account }));
      expect(ids[0]?.slice(-10) === ids[1]?.slice(-10)).toBe(same);
      expect(transferIdOf({ ...one })).toBe(transferIdOf(one));
    }),
  );
});

test.each([
  ['account', { account: 'acme2' }],
  ['consumer', { consumer: 'desk' }],
  ['conversation', { conversationId: 'c-1' }],
  ['host', { host: 'other' }],
  ['path', { path: '/data/other/plan.jpg' }],
  ['size', { sizeBytes: 101 }],
  ['modification time', { mtimeMs: 1_700_000_000_000.5 }],
  ['caption', { caption: 'the plan' }],
])('Another %s makes another transfer.', (_, change) => {
  expect(transferIdOf({ ...identity, ...change })).not.toBe(transferIdOf(identity));
});

test('Text cannot move from one part of the identity to the next unseen.', () => {
  const one = transferIdOf({ ...identity, consumer: 'ab', host: 'c' });
  const other = transferIdOf({ ...identity, consumer: 'a', host: 'bc' });
  expect(one).not.toBe(other);
});

test.each([
  ['Übersicht 2026 (final).PDF', 'ubersicht-2026-final'],
  ['.bashrc', 'bashrc'],
  ['照片.jpg', 'file'],
  ['---.png', 'file'],
  ['a-very-long-name-that-nobody-wants-to-type.jpg', 'a-very-long-name-that-no'],
  ['archive.tar.gz', 'archive-tar'],
])('The file %s is called %s in an id.', (name, expected) => {
  expect(transferIdOf({ ...identity, name }).slice('acme-'.length, -11)).toBe(expected);
});

test('A fetch to another place is another fetch.', () => {
  const one = fetchIdOf('acme', '/v1/a/x.JPG', 'desk', '/in/x.jpg');
  expect(one).toMatch(/^fetch-acme-[0-9a-z]{10}$/);
  expect(fetchIdOf('acme', '/v1/a/x.JPG', 'desk', '/in/y.jpg')).not.toBe(one);
  expect(fetchIdOf('acme', '/v1/a/x.JPG', 'other', '/in/x.jpg')).not.toBe(one);
});
