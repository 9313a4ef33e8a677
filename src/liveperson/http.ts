import { Agent, request, type Dispatcher } from 'undici';
import { FerryError } from '../errors';
import { CONNECT_OPTIONS } from '../lib/connecting';
import { defined } from '../lib/defined';
import { eitherSignal, type Gate } from '../lib/gate';
import { timeLimit } from '../lib/time-limit';
import type { ResolvedOptions } from './options';
import { quoted, throttlePauseMs, unavailable } from './service-errors';
import { readErrorBody } from './schemas';

/** Far more than any answer of these services; a larger answer is cut off. */
const LARGEST_ANSWER_BYTES = 1_048_576;

interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly ca: string | undefined;
  readonly gate: Gate | undefined;
  /** The service, as the subject of a sentence: "Domain discovery at api.liveperson.net". */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
  /** Least pause after a 429. @default about 1 s */
  readonly throttlePauseMs?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly header: (name: string) => string | null;
  readonly cookies: readonly string[];
  /** Parsed JSON; undefined when the body is not JSON. */
  readonly body: unknown;
}

export interface Http {
  /**
   * Returns answers of 2xx and of 4xx except 408, 429 and 451. Throws for all others: outages and 5xx as
   * MESSAGING_UNAVAILABLE, redirects as UNTRUSTED_HOST, 429 as THROTTLED, 451 as ACCOUNT_BLOCKED.
   */
  call(call: HttpCall): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export function createHttp(options: ResolvedOptions): Http {
  const agents = new Map<string, Agent>();
  let closed = false;

  function agentFor(ca: string | undefined): Agent {
    const key = ca ?? '';
    let agent = agents.get(key);
    if (agent === undefined) {
      agent = new Agent({
        connect: { ...CONNECT_OPTIONS, timeout: options.connectTimeoutMs, ...defined({ ca }) },
        headersTimeout: options.answerTimeoutMs,
        bodyTimeout: options.answerTimeoutMs,
        maxResponseSize: LARGEST_ANSWER_BYTES,
        connections: 16,
      });
      agents.set(key, agent);
    }
    return agent;
  }

  return {
    async call(call) {
      if (closed) throw new FerryError('MESSAGING_UNAVAILABLE', 'Ferry is closing its connections to LivePerson.');
      const answer = await throughGate(call, (admitted) => exchange(admitted, agentFor(call.ca), options));
      options.log('debug', `${call.what} answered ${answer.status}.`, { method: call.method, status: answer.status });
      throwCommonRefusals(call, answer);
      return answer;
    },
    async close() {
      closed = true;
      const all = [...agents.values()];
      agents.clear();
      await Promise.all(all.map((agent) => agent.destroy()));
    },
  };
}

/** The place under the limit is held until the whole answer is there. */
async function throughGate(call: HttpCall, work: (call: HttpCall) => Promise<HttpAnswer>): Promise<HttpAnswer> {
  const permit = await call.gate?.enter(call.signal);
  if (permit === undefined) return await work(call);
  let answer: HttpAnswer | undefined;
  try {
    answer = await work({ ...call, signal: eitherSignal(call.signal, permit.signal) });
    if (answer.status === 429) permit.refused(pauseAfterThrottling(call, answer));
    return answer;
  } finally {
    permit.release(answer !== undefined);
  }
}

async function exchange(call: HttpCall, dispatcher: Dispatcher, options: ResolvedOptions): Promise<HttpAnswer> {
  call.signal?.throwIfAborted();
  const signal = timeLimit(options.answerTimeoutMs, call.signal);
  try {
    const response = await request(call.url, {
      method: call.method,
      dispatcher,
      signal,
      headers: {
        accept: 'application/json',
        ...(call.json === undefined ? {} : { 'content-type': 'application/json' }),
        ...call.headers,
      },
      ...(call.json === undefined ? {} : { body: JSON.stringify(call.json) }),
    });
    const text = await response.body.text();
    const headers = response.headers;
    return {
      status: response.statusCode,
      header: (name) => firstOf(headers[name]),
      cookies: [headers['set-cookie'] ?? []].flat(),
      body: parseJson(text),
    };
  } catch (error) {
    call.signal?.throwIfAborted();
    throw unavailable(call.what, error);
  }
}

function firstOf(value: string | readonly string[] | undefined): string | null {
  return (typeof value === 'string' ? value : value?.[0]) ?? null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function throwCommonRefusals(call: HttpCall, answer: HttpAnswer): void {
  const { status } = answer;
  const details = { status };
  if (status >= 300 && status < 400) {
    throw new FerryError(
      'UNTRUSTED_HOST',
      `${call.what} answered with a redirect (${status}), which is never followed.`,
      {
        details,
      },
    );
  }
  if (status === 429) {
    const retryAfterMs = pauseAfterThrottling(call, answer);
    throw new FerryError('THROTTLED', `${call.what} asks for fewer requests (429).`, { retryAfterMs, details });
  }
  if (status === 451) {
    throw new FerryError('ACCOUNT_BLOCKED', `${call.what} says that the account or the user is blocked (451).`, {
      details,
    });
  }
  if (status === 408 || status >= 500) {
    throw new FerryError('MESSAGING_UNAVAILABLE', `${call.what} answered ${status}.`, { details });
  }
}

function pauseAfterThrottling(call: HttpCall, answer: HttpAnswer): number {
  return Math.max(call.throttlePauseMs ?? throttlePauseMs(), retryAfter(answer));
}

/** `Retry-After` is not documented for these services, but Ferry obeys it, for at most a minute. */
function retryAfter(answer: HttpAnswer): number {
  const seconds = Number(answer.header('retry-after') ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 60) * 1_000 : 0;
}

/** The service's own text, to append to a sentence; empty without a text. */
export function saidBy(answer: HttpAnswer): string {
  const said = quoted(readErrorBody(answer.body).text);
  return said === '' ? '' : ` It says: ${said}`;
}

export function isSuccess(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

/** For a 4xx without a special meaning. */
export function refusedForGood(what: string, answer: HttpAnswer): FerryError {
  return new FerryError('REQUEST_REFUSED', `${what} refused the request (${answer.status}).${saidBy(answer)}`, {
    details: { status: answer.status },
  });
}

export function oddAnswer(what: string, missing: string): FerryError {
  return new FerryError('PROTOCOL_ERROR', `${what} answered without ${missing}.`);
}
