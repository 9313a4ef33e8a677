import { Agent, type Dispatcher } from 'undici';
import { CONNECT_OPTIONS } from '../lib/connecting';
import { defined } from '../lib/defined';
import { createStorageClock, type StorageClock } from './clock';
import { header, type Headers } from './failures';
import { requestTarget } from './signed-url';
import type { SignedUrl, StorageOptions } from './types';

/** Options with their defaults filled in. */
export interface ResolvedStorageOptions {
  readonly ca: string | undefined;
  readonly floor: { readonly bytesPerSecond: number; readonly windowMs: number };
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
}

export function resolveOptions(options: StorageOptions): ResolvedStorageOptions {
  return {
    ca: options.ca,
    floor: options.floor ?? { bytesPerSecond: 1000, windowMs: 30_000 },
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    headersTimeoutMs: options.headersTimeoutMs ?? 60_000,
  };
}

interface RequestParts {
  readonly method: 'PUT' | 'GET' | 'HEAD';
  readonly url: SignedUrl;
  readonly headers?: Record<string, string>;
  readonly body?: AsyncIterable<Uint8Array> | Buffer;
  /** 0: the caller watches the time itself. */
  readonly headersTimeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Connections {
  readonly options: ResolvedStorageOptions;
  readonly clock: StorageClock;
  /** Sends exactly to origin and path of the URL. Redirects are not followed. Rejects with raw network errors. */
  request(parts: RequestParts): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

// Enough for many small files at the same time, and few enough for a storage's proxy.
const CONNECTIONS_PER_ORIGIN = 32;

// With more than the default of 64 KiB, Node pauses reading less often.
const READ_AHEAD_BYTES = 512 * 1024;

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
    async request({ method, url, headers = {}, body, headersTimeoutMs, signal }) {
      const path = requestTarget(url);
      const sentAt = Date.now();
      const response = await agentOf(url.origin).request({
        origin: url.origin,
        path,
        method,
        headers,
        headersTimeout: headersTimeoutMs,
        // Our own floor watches the rate: the timeouts of undici also count the time in which Ferry itself does not
        // read.
        bodyTimeout: 0,
        highWaterMark: READ_AHEAD_BYTES,
        signal,
        ...(body === undefined ? {} : { body: body as unknown as Buffer }),
      });
      learnTime(url.origin, response.headers, sentAt);
      return response;
    },
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
      agents.clear();
    },
  };
}
