import * as fc from 'fast-check';
import { isFerryError, type FerryError } from '../../src/errors';
import { makeSealKey, parseSealKeys, sealer, type SealContext } from '../../src/secrets';

const ring = parseSealKeys(`${makeSealKey()}\n${makeSealKey()}`);
const context: SealContext = { purpose: 'consumer-token', account: 'acme', owner: 'ops' };

function thrownBy(work: () => unknown): FerryError {
  let value: unknown;
  try {
    value = work();
  } catch (error) {
    if (isFerryError(error)) return error;
    throw error;
  }
  throw new Error(`no error but ${JSON.stringify(value)}`);
}

function codeOf(work: () => unknown): string {
  return thrownBy(work).code;
}

test('every JSON value comes back as it was', () => {
  const { seal, open } = sealer(ring);
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const plain: unknown = JSON.parse(JSON.stringify(value));
      expect(open(seal(value, context), context)).toEqual(plain);
    }),
  );
});

test('the envelope names the key and shows nothing of the value, and no two are alike', () => {
  const { seal } = sealer(ring);
  const sealed = seal('a secret token', context);
  expect(sealed).toMatch(new RegExp(`^f1\\.${ring[0]?.id}\\.[A-Za-z0-9_-]+$`));
  expect(Buffer.from(sealed.split('.')[2] ?? '', 'base64url').includes('secret')).toBe(false);
  expect(seal('a secret token', context)).not.toBe(sealed);
});

test('a value sealed with the old key opens after the rotation, and the new one seals', () => {
  const [first, second] = ring;
  if (!first || !second) throw new Error('the ring has two keys');
  const old = sealer([second]).seal(1, context);
  expect(sealer([first, second]).open(old, context)).toBe(1);
  expect(sealer([first, second]).seal(1, context)).toContain(`f1.${first.id}.`);
});

test('a key that is not in the ring is said by its id', () => {
  const [first, second] = ring;
  if (!first || !second) throw new Error('the ring has two keys');
  const sealed = sealer([second]).seal(1, context);
  expect(codeOf(() => sealer([first]).open(sealed, context))).toBe('SEAL_KEY_UNKNOWN');
  expect(() => sealer([first]).open(sealed, context)).toThrow(second.id);
});

test('a value is good for its own purpose, account and owner only', () => {
  const { seal, open } = sealer(ring);
  const sealed = seal(1, context);
  for (const other of [{ purpose: 'upload-url' }, { account: 'b' }, { owner: 'x' }]) {
    expect(codeOf(() => open(sealed, { ...context, ...other }))).toBe('PROTOCOL_ERROR');
  }
});

test('no two contexts are the same, wherever their parts are cut', () => {
  const { seal, open } = sealer(ring);
  const part = fc.string({ unit: fc.constantFrom('a', '"', ',', '\\', '/', '\0') });
  const contexts = fc.record({ purpose: part, account: part, owner: part });
  fc.assert(
    fc.property(contexts, contexts, (one, other) => {
      fc.pre(one.purpose !== other.purpose || one.account !== other.account || one.owner !== other.owner);
      expect(codeOf(() => open(seal(1, one), other))).toBe('PROTOCOL_ERROR');
    }),
  );
});

test('a single changed bit anywhere is noticed', () => {
  const { seal, open } = sealer(ring);
  const [version, id, payload] = seal({ jwt: 'x' }, context).split('.');
  const bytes = Buffer.from(payload ?? '', 'base64url');
  for (let index = 0; index < bytes.length; index += 1) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(bytes.readUInt8(index) ^ 1, index);
    expect(codeOf(() => open(`${version}.${id}.${changed.toString('base64url')}`, context))).toBe('PROTOCOL_ERROR');
  }
});

test.each(['', 'f1', 'f1.00000000.', 'f2.00000000.AAAA', 'f1.zzzzzzzz.AAAA', 'plain text'])(
  'A text that is not an envelope (%j) does not open',
  (text) => {
    expect(codeOf(() => sealer(ring).open(text, context))).toBe('PROTOCOL_ERROR');
  },
);

test('no error shows a key or a sealed value', () => {
  const sealed = sealer(ring).seal('the secret', context);
  const shown = [
    () => sealer(ring).open(sealed, { ...context, owner: 'y' }),
    () => sealer(parseSealKeys(makeSealKey())).open(sealed, context),
  ].map((work) => {
    const error = thrownBy(work);
    return `${error.message} ${JSON.stringify(error.details)}`;
  });
  expect(shown).toHaveLength(2);
  expect(shown.join(' ')).not.toContain(sealed.slice(-20));
  expect(shown.join(' ')).not.toContain('the secret');
});

describe('a ring of keys', () => {
  test('may hold comments, empty lines and several keys on a line, and ids are stable', () => {
    const [a, b, c] = [makeSealKey(), makeSealKey(), makeSealKey()];
    const keys = parseSealKeys(`# ring of acme\n\n${a} # since May\r\n  ${b},${c}\n`);
    expect(keys.map(({ key }) => key.toString('base64'))).toEqual([a, b, c]);
    expect(keys.map(({ id }) => id)).toEqual(parseSealKeys(`${a} ${b} ${c}`).map(({ id }) => id));
    expect(new Set(keys.map(({ id }) => id)).size).toBe(3);
  });

  test.each([
    ['empty', '# nothing\n', 'has no key'],
    ['too short', Buffer.alloc(16, 7).toString('base64'), 'line 1: a seal key has 32 bytes, but this one has 16'],
    ['not base64', `${Buffer.alloc(32, 1).toString('base64')}\nhunter2!\n`, 'line 2: a seal key is 32 bytes in base64'],
    ['doubled', `${Buffer.alloc(32, 1).toString('base64')}\n`.repeat(2), 'line 2: this key is there twice'],
  ])('that is %s is refused with its line and without its content', (_what, text, message) => {
    expect(codeOf(() => parseSealKeys(text))).toBe('CONFIG_INVALID');
    expect(() => parseSealKeys(text, 'seal.key')).toThrow(message);
    expect(() => parseSealKeys(text, 'seal.key')).toThrow(/^(?!.*hunter2)/);
  });
});
