import { Agent, request } from 'undici';
import { FerryError, isFerryError } from '../errors';
import { CONNECT_OPTIONS } from '../lib/connecting';
import { packageVersion } from '../lib/package-version';
import { timeLimit } from '../lib/time-limit';
import { bodyOf } from './bodies';
import { allowedUrl, guardedLookup } from './reachable';
import { signedHeaders } from './sign';
import type { Delivery, Destination, Message } from './types';

/** Standard Webhooks asks receivers to answer within 15 to 30 s. */
const ANSWER_WITHIN_MS = 20_000;

/** Of a `Retry-After`. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/**
 * Sends one message. Redirects are not followed: they would lead past the check of the address.
 *
 * @throws {FerryError} NOTICE_UNDELIVERED (no answer, or another than 2xx and 410), NOTICE_NOT_ALLOWED, CONFIG_INVALID
 *   (the secret is invalid); the signal's reason
 */
export async function deliver(destination: Destination, message: Message, signal?: AbortSignal): Promise<Delivery> {
  const url = allowedUrl(destination);
  const now = new Date();
  const body = bodyOf(destination.format, message, now);
  const signed = { id: message.id, timestamp: Math.floor(now.getTime() / 1000), body };
  const headers = {
    'content-type': 'application/json',
    'user-agent': `ferry/${packageVersion()}`,
    ...signedHeaders(signed, destination.secret),
  };
  const agent = new Agent({ connect: { ...CONNECT_OPTIONS, lookup: guardedLookup(destination) } });
  try {
    const options = { dispatcher: agent, method: 'POST', headers, body, signal: timeLimit(ANSWER_WITHIN_MS, signal) };
    const answer = await request(url, options as Parameters<typeof request>[1]);
    await answer.body.dump();
    return outcomeOf(destination, answer.statusCode, answer.headers['retry-after']);
  } catch (error) {
    signal?.throwIfAborted();
    throw notDelivered(destination, url, error);
  } finally {
    await agent.destroy();
  }
}

function outcomeOf({ name }: Destination, status: number, retryAfter: string | string[] | undefined): Delivery {
  if (status >= 200 && status < 300) return { outcome: 'delivered', status };
  if (status === 410) return { outcome: 'gone', status };
  const seconds = Number(retryAfter);
  throw new FerryError('NOTICE_UNDELIVERED', `The receiver of notices ${name} answered ${status}.`, {
    details: { notify: name, status },
    ...(seconds > 0 ? { retryAfterMs: Math.min(seconds * 1000, LONGEST_RETRY_AFTER_MS) } : {}),
  });
}

/** Never contains the URL, because the URL of Slack and Teams is a secret. */
function notDelivered({ name }: Destination, { hostname }: URL, error: unknown): FerryError {
  const known = refusalIn(error);
  if (known !== null) return known;
  return new FerryError('NOTICE_UNDELIVERED', `The receiver of notices ${name} (${hostname}) cannot be reached.`, {
    cause: error,
    details: { notify: name },
  });
}

/** The refusal of the look-up may come as the cause of the connection's error. */
function refusalIn(error: unknown): FerryError | null {
  if (isFerryError(error)) return error;
  return error instanceof Error && error.cause !== undefined ? refusalIn(error.cause) : null;
}
