import { createHash, randomBytes } from 'node:crypto';
import { FerryError } from '../errors';

const KEY_BYTES = 32;

/** A key of a ring. The first key of the ring seals; every key opens. */
export interface SealKey {
  /** First 8 hex characters of the SHA-256 of the key: names the key in every envelope. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Buffer;
  /** ISO 8601, UTC, from the comment `# made TIME` on the key's line; null without one. */
  readonly madeAt: string | null;
}

/** A new seal key for a key file: 32 random bytes in base64. */
export function makeSealKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

/** A line for a key file: a new key, and when it was made. */
export function makeKeyLine(nowMs: number): string {
  return `${makeSealKey()} # made ${new Date(nowMs).toISOString()}`;
}

/**
 * Reads a ring of seal keys: base64 of 32 bytes each, one a line (or separated by commas or spaces, for an environment
 * variable). A comment begins with `#` and ends with its line. The first key seals; every key opens.
 * CONFIG_INVALID names the line, never the key.
 * @param from the source of the text, for messages: "seal.key", "FERRY_SEAL_KEY"
 */
export function parseSealKeys(text: string, from = 'The ring of seal keys'): readonly SealKey[] {
  const keys: SealKey[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const words = line.replace(/#.*$/, '').split(/[\s,]+/);
    const madeAt = /# made (\d{4}-\d\d-\d\dT[\d:.]+Z)/.exec(line)?.[1] ?? null;
    for (const word of words.filter((part) => part !== '')) {
      const key = decodeKey(word, madeAt);
      if (typeof key === 'string') throw invalid(`${from}, line ${index + 1}: ${key}.`);
      if (keys.some(({ id }) => id === key.id)) throw invalid(`${from}, line ${index + 1}: this key is there twice.`);
      keys.push(key);
    }
  }
  if (keys.length === 0) throw invalid(`${from} has no key: expected 32 bytes in base64 on a line.`);
  return keys;
}

/** The key, or a sentence that says why the word is not a key. */
function decodeKey(word: string, madeAt: string | null): SealKey | string {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(word)) return 'a seal key is 32 bytes in base64, but this is not base64';
  const key = Buffer.from(word, 'base64');
  if (key.length !== KEY_BYTES) return `a seal key has ${KEY_BYTES} bytes, but this one has ${key.length}`;
  return { id: createHash('sha256').update(key).digest('hex').slice(0, 8), key, madeAt };
}

function invalid(message: string): FerryError {
  return new FerryError('CONFIG_INVALID', message);
}
