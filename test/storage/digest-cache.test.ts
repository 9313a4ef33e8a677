import type { BigIntStats } from 'node:fs';
import { createDigestCache } from '../../src/storage/digest-cache';

const SECOND = 1_000_000_000n;
const LONG_AGO = 1_700_000_000n * SECOND;

function statsOf(changes: { readonly mtimeNs?: bigint; readonly ctimeNs?: bigint } = {}): BigIntStats {
  const { mtimeNs = LONG_AGO, ctimeNs = LONG_AGO } = changes;
  const facts = {
    dev: 1n,
    ino: 2n,
    size: 3n,
    mtimeNs,
    ctimeNs,
    mtimeMs: mtimeNs / 1_000_000n,
    ctimeMs: ctimeNs / 1_000_000n,
  };
  return facts as BigIntStats;
}

const digests = { md5: 'm', sha256: 's' };

test('An unchanged file is known again.', () => {
  const cache = createDigestCache();
  cache.set(statsOf(), digests);
  expect(cache.get(statsOf())).toEqual(digests);
});

test('A file that was rewritten and given its old time is another one.', () => {
  const cache = createDigestCache();
  cache.set(statsOf(), digests);
  expect(cache.get(statsOf({ ctimeNs: LONG_AGO + 1n }))).toBeUndefined();
});

test.each(['mtimeNs', 'ctimeNs'])('A file whose %s is from just now may change within the same tick.', (time) => {
  const cache = createDigestCache();
  const stats = statsOf({ [time]: BigInt(Date.now()) * 1_000_000n });
  cache.set(stats, digests);
  expect(cache.get(stats)).toBeUndefined();
});
