import { Agent, type Dispatcher } from 'undici';
import { FerryError } from '../errors';
import { CONNECT_OPTIONS } from '../lib/connecting';
import { defined } from '../lib/defined';
import { eitherSignal, type Permit } from '../lib/gate';
import { createStorageClock, type StorageClock } from './clock';
import { header, retryAfter, TOO_MANY_REQUESTS, type Headers } from './failures';
import { displayUrl, requestTarget } from './signed-url';
import type { SignedUrl, StorageOptions } from './types';

/** Options with their defaults filled in. */
export type ResolvedStorageOptions = Required<Omit<StorageOptions, 'ca' | 'gate'>> &
  Pick<StorageOptions, 'ca' | 'gate'>;

export function resolveOptions(options: StorageOptions): ResolvedStorageOptions {
  return {
    floor: { bytesPerSecond: 1000, windowMs: 30_000 },
    connectTimeoutMs: 10_000,
    headersTimeoutMs: 60_000,
    ...options,
  };
}

export interface RequestParts {
  readonly method: 'PUT' | 'GET' | 'HEAD';
  readonly url: SignedUrl;
  readonly headers?: Record<string, string>;
  readonly body?: AsyncIterable<Uint8Array> | Buffer;
  /** 0: no limit here, because the caller watches the time. */
  readonly headersTimeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Connections {
  readonly options: ResolvedStorageOptions;
  readonly clock: StorageClock;
  /**
   * Sends exactly to origin and path of the URL. Redirects are not followed. Rejects with raw network errors.
   *
   * @param onAdmitted called before the request leaves, with its place under the limit if there is a limit
   */
  request(parts: RequestParts, onAdmitted?: (permit: Permit) => void): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

// Enough for many small files at the same time, and few enough for a storage's proxy.
const CONNECTIONS_PER_ORIGIN = 32;

// With more than the default of 64 KiB, Node pauses reading less often.
const READ_AHEAD_BYTES = 512 * 1024;

/** In milliseconds. A wait up to this time does not noticeably shorten the life of a link. */
const SHORT_WAIT_MS = 1000;

/** One agent for each origin: keep-alive, bounded, and with the given certificate authority. */
export function createConnections(options: ResolvedStorageOptions): Connections {
  const agents = new Map<string, Agent>();
  const clock = createStorageClock();

  function agentOf(origin: string): Agent {
    const known = agents.get(origin);
    if (known !== undefined) return known;
    const agent = new Agent({
      connections: CONNECTIONS_PER_ORIGIN,
      pipelining: 1,
      connect: { ...CONNECT_OPTIONS, timeout: options.connectTimeoutMs, ...defined({ ca: options.ca }) },
    });
    agents.set(origin, agent);
    return agent;
  }

  function learnTime(origin: string, headers: Headers, sentAtMs: number): void {
    const date = header(headers, 'date');
    // An answer with Age comes from a cache, and its Date is old.
    if (date !== undefined && header(headers, 'age') === undefined) clock.observe(origin, date, sentAtMs, Date.now());
  }

  return {
    options,
    clock,
    async request(parts, onAdmitted) {
      const askedAt = performance.now();
      const permit = await options.gate?.enter(parts.signal);
      if (permit === undefined) return await send(parts);
      try {
        if (performance.now() - askedAt > SHORT_WAIT_MS) assertUnexpired(parts.url);
        onAdmitted?.(permit);
        const response = await send({ ...parts, signal: eitherSignal(parts.signal, permit.signal) ?? parts.signal });
        holdUntilRead(response, permit);
        return response;
      } catch (error) {
        permit.release(false);
        permit.signal.throwIfAborted();
        throw error;
      }
    },
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
      agents.clear();
    },
  };

  /** Answers a request whose link expired in the queue, in the same way as storage would. */
  function assertUnexpired(url: SignedUrl): void {
    if (url.expiresAt * 1000 > clock.now(url.origin)) return;
    throw new FerryError('URL_REFUSED', `The signed URL of ${displayUrl(url)} expired while it waited for its turn.`);
  }

  async function send(parts: RequestParts): Promise<Dispatcher.ResponseData> {
    const { method, url, headers = {}, body, headersTimeoutMs, signal } = parts;
    const path = requestTarget(url);
    const sentAt = Date.now();
    const response = await agentOf(url.origin).request({
      origin: url.origin,
      path,
      method,
      headers,
      headersTimeout: headersTimeoutMs,
      // Rates are watched by our own floor; undici's would also count the time in which we ourselves do not read.
      bodyTimeout: 0,
      highWaterMark: READ_AHEAD_BYTES,
      signal,
      ...(body === undefined ? {} : { body: body as unknown as Buffer }),
    });
    learnTime(url.origin, response.headers, sentAt);
    return response;
  }
}

/** The place under the limit is held until the body was read to its end, or was thrown away. */
function holdUntilRead({ statusCode, headers, body }: Dispatcher.ResponseData, permit: Permit): void {
  if (TOO_MANY_REQUESTS.has(statusCode)) permit.refused(retryAfter(headers['retry-after']) ?? undefined);
  body.once('close', () => permit.release(body.readableEnded));
}
