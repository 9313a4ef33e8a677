import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { FerryError } from '../errors';
import type { SealKey } from './keys';

/** The purpose and the owner of a sealed value. The value opens in exactly this context. */
export interface SealContext {
  /** E.g. `consumer-token`, `upload-url`. */
  readonly purpose: string;
  readonly account: string;
  /** The workflow or consumer that owns the value. */
  readonly owner: string;
}

export interface Sealer {
  /** Seals a JSON value with the first key of the ring. Two seals of one value differ. */
  readonly seal: (value: unknown, context: SealContext) => string;
  /**
   * SEAL_KEY_UNKNOWN: the value was sealed with a key that is not in the ring. PROTOCOL_ERROR: the value was changed,
   * or sealed for another context.
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the tag vouches for what this program sealed
  readonly open: <T>(sealed: string, context: SealContext) => T;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ENVELOPE = /^f1\.([0-9a-f]{8})\.([A-Za-z0-9_-]+)$/;

/**
 * Seals values that pass through Temporal: AES-256-GCM in an envelope `f1.<key id>.<nonce, ciphertext and tag>`.
 * Random nonces are safe for 2^32 values a key, far more than a ring seals before it is rotated.
 * @param keys the first seals, all of them open
 */
export function sealer(keys: readonly SealKey[]): Sealer {
  const [first] = keys;
  if (!first) throw new FerryError('NOT_CONFIGURED', 'There is no seal key.');
  return {
    seal: (value, context) => seal(first, value, context),
    // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as declared
    open: <T>(sealed: string, context: SealContext) => open(keys, sealed, context) as T,
  };
}

function seal(key: SealKey, value: unknown, context: SealContext): string {
  const text = JSON.stringify(value);
  if (text === undefined) throw new FerryError('INTERNAL', `A value for ${context.purpose} is not JSON.`);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associatedData(context));
  const parts = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return `f1.${key.id}.${Buffer.concat(parts).toString('base64url')}`;
}

function open(keys: readonly SealKey[], sealed: string, context: SealContext): unknown {
  const [, id, payload] = ENVELOPE.exec(sealed) ?? [];
  const bytes = Buffer.from(payload ?? '', 'base64url');
  if (id === undefined || bytes.length < NONCE_BYTES + TAG_BYTES) throw unopenable(context);
  const key = keys.find((candidate) => candidate.id === id);
  if (!key) {
    const message = `A value for ${context.purpose} is sealed with key ${id}, which is not in the ring of this worker.`;
    throw new FerryError('SEAL_KEY_UNKNOWN', message, { details: { keyId: id, purpose: context.purpose } });
  }
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(associatedData(context));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return JSON.parse(Buffer.concat([text, decipher.final()]).toString('utf8'));
  } catch (error) {
    throw unopenable(context, error);
  }
}

/** JSON keeps the parts apart: ("a", "bc") and ("ab", "c") must give different texts. */
function associatedData({ purpose, account, owner }: SealContext): Buffer {
  return Buffer.from(JSON.stringify(['f1', purpose, account, owner]));
}

function unopenable(context: SealContext, cause?: unknown): FerryError {
  const message = `A sealed value for ${context.purpose} of ${context.owner} does not open: it was changed, or sealed for something else.`;
  return new FerryError('PROTOCOL_ERROR', message, { cause, details: { purpose: context.purpose } });
}
