import { makeSealKey, parseSealKeys, sealer, type SealContext, type SealKey } from '../../src/secrets';
import { openSealRing } from '../../src/worker/seal-ring';

const [old, newest] = parseSealKeys(`${makeSealKey()}\n${makeSealKey()}`) as [SealKey, SealKey];
const context: SealContext = { purpose: 'consumer-token', account: 'acme', owner: 'ops' };

const stop = new AbortController();
afterAll(() => stop.abort());

function ringOf(read: () => readonly SealKey[]) {
  const changes: (readonly SealKey[])[] = [];
  const sealing = openSealRing({
    keys: [old],
    read,
    onChange: (keys) => changes.push(keys),
    onFault: () => undefined,
    signal: stop.signal,
  });
  return { sealing, changes };
}

test('A value that another worker has sealed with a newer key opens at once, and the newer key seals from then on.', () => {
  const { sealing, changes } = ringOf(() => [newest, old]);
  const byOther = sealer([newest]).seal('a token', context);
  expect(sealing.open(byOther, context)).toBe('a token');
  expect(sealing.seal('another', context)).toContain(`f1.${newest.id}.`);
  expect(changes).toEqual([[newest, old]]);
});

test('A key that is not in the file either is said, and a file that cannot be read changes nothing.', () => {
  const byOther = sealer([newest]).seal('a token', context);
  expect(() => ringOf(() => [old]).sealing.open(byOther, context)).toThrow(newest.id);
  const { sealing, changes } = ringOf(() => {
    throw new Error('half written');
  });
  expect(() => sealing.open(byOther, context)).toThrow(newest.id);
  expect(sealing.open(sealing.seal('kept', context), context)).toBe('kept');
  expect(changes).toEqual([]);
});
