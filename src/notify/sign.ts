import { createHmac } from 'node:crypto';
import { FerryError } from '../errors';

const PREFIX = 'whsec_';

/** Standard Webhooks asks for 24 to 64 bytes. */
const KEY_BYTES = { least: 24, most: 64 } as const;

export interface Signed {
  readonly id: string;
  /** Unix seconds of this attempt: receivers refuse old ones. */
  readonly timestamp: number;
  readonly body: string;
}

/**
 * The headers of Standard Webhooks (https://www.standardwebhooks.com): id, timestamp, and HMAC-SHA256 over both and the
 * body.
 *
 * @throws {FerryError} CONFIG_INVALID when the secret is not base64 of 24 to 64 bytes
 */
export function signedHeaders(
  { id, timestamp, body }: Signed,
  secret: string | null,
): Readonly<Record<string, string>> {
  const headers = { 'webhook-id': id, 'webhook-timestamp': String(timestamp) };
  if (secret === null) return headers;
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}

function keyOf(secret: string): Buffer {
  const text = secret.trim();
  const encoded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  const key = Buffer.from(encoded, 'base64');
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(encoded);
  if (isBase64 && key.length >= KEY_BYTES.least && key.length <= KEY_BYTES.most) return key;
  throw new FerryError('CONFIG_INVALID', 'The secret of a [[notify]] is not "whsec_" and base64 of 24 to 64 bytes.', {
    remedy: 'Copy the secret from the receiver, or make one: echo "whsec_$(openssl rand -base64 32)"',
  });
}
