/**
 * One open consumer socket: requests matched to answers by `reqId`, notifications handed on, a heartbeat, and the rules
 * for what a loss means to whoever waits.
 *
 * States: open, then closed for good. Nothing is queued: a request either leaves in the call or fails with
 * MESSAGING_UNAVAILABLE and was not sent. A request with an effect whose answer does not come (time, closing, abort)
 * takes the socket down *before* its caller hears of it, by a TCP reset, so that a frame which still lies in a buffer of
 * this machine cannot arrive later.
 */
import type { RawData, WebSocket } from 'ws';
import type { FerryError } from '../errors';
import { asError } from '../lib/shared-call';
import { bundleWrites, type Bundle } from './bundle';
import type { DialedSocket } from './dial';
import { readFrame, type Answer, type Notice } from './frames';
import { startHeartbeat } from './heartbeat';
import type { ResolvedOptions } from './options';
import { jammed, lost, notSent, unanswered, unreadable } from './losses';
import { isRefusal, refusalError, type Operation, type RefusalRule } from './refusals';
import { readErrorBody } from './schemas';

export interface SocketRequest {
  readonly operation: Operation;
  readonly type: string;
  readonly body?: unknown;
  readonly headers?: unknown;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** True: it changes something, so a missing answer is ANSWER_LOST. */
  readonly effect?: boolean;
  /** Awaited when the socket is ready for the frame, directly before `permit`. */
  readonly beforeSend?: (() => Promise<void>) | undefined;
  /** Called in the tick in which the frame is handed over; throws to forbid it. */
  readonly permit?: (() => void) | undefined;
}

export interface Connection {
  readonly isOpen: () => boolean;
  /** True once anything was answered on it. */
  readonly isProven: () => boolean;
  /** Resolves with the body of a 2xx answer; everything else is thrown. */
  request(request: SocketRequest): Promise<unknown>;
  /** Every notification from now on, until the returned function is called. */
  listen(listener: (notice: Notice) => void): () => void;
  /**
   * Called once when the socket is gone, with what that means to a read; at once when it is gone already. Not called
   * any more after the returned function was.
   */
  onClosed(listener: (error: FerryError) => void): () => void;
  /** Says goodbye; resets the connection when a request with an effect still waits. Whoever waits fails as with any loss. */
  close(): void;
}

interface Pending {
  readonly request: SocketRequest;
  readonly sentAt: number;
  readonly settle: (outcome: Answer | FerryError | Error) => void;
}

/** @param refusals rules of the account, tried before the built-in ones */
export function createConnection(
  socket: DialedSocket,
  options: ResolvedOptions,
  refusals: readonly RefusalRule[] = [],
): Connection {
  return new SocketConnection(socket, options, refusals);
}

class SocketConnection implements Connection {
  readonly #ws: WebSocket;
  readonly #raw: DialedSocket['raw'];
  readonly #bundle: Bundle;
  readonly #options: ResolvedOptions;
  readonly #refusals: readonly RefusalRule[];
  readonly #pending = new Map<string, Pending>();
  readonly #listeners = new Set<(notice: Notice) => void>();
  readonly #closedListeners = new Set<(error: FerryError) => void>();
  readonly #stopHeartbeat: () => void;
  #lastId = 0;
  #lastInboundAt = performance.now();
  #proven = false;
  #closed: FerryError | null = null;

  constructor({ ws, wire, raw }: DialedSocket, options: ResolvedOptions, refusals: readonly RefusalRule[]) {
    this.#ws = ws;
    this.#raw = raw;
    this.#bundle = bundleWrites(wire);
    this.#options = options;
    this.#refusals = refusals;
    ws.on('message', (data) => this.#receive(textOf(data)));
    ws.on('pong', () => (this.#lastInboundAt = performance.now()));
    ws.on('ping', () => (this.#lastInboundAt = performance.now()));
    ws.on('close', (code) => this.#wentAway(code));
    this.#stopHeartbeat = startHeartbeat({
      everyMs: options.heartbeatMs,
      graceMs: options.heartbeatGraceMs,
      beat: () => this.#beat(),
      lastInboundAt: () => this.#lastInboundAt,
      onSilence: () => this.#reset('nothing came in after a heartbeat'),
    });
  }

  readonly isOpen = (): boolean => this.#closed === null && this.#ws.readyState === this.#ws.OPEN;

  readonly isProven = (): boolean => this.#proven;

  async request(request: SocketRequest): Promise<unknown> {
    request.signal?.throwIfAborted();
    if (!this.isOpen()) throw await this.#whyNotSent(request);
    if (request.effect === true) {
      if (!this.#proven) await this.#prove(request);
      await this.#drained(request);
      if (request.beforeSend !== undefined) {
        await request.beforeSend();
        // Others may have sent meanwhile.
        await this.#drained(request);
      }
    }
    const answer = await this.#exchange(request);
    if (answer.code === null) throw unreadable(request.operation, request.effect === true);
    if (answer.code >= 200 && answer.code < 300) return answer.body;
    throw refusalError({ code: answer.code, ...readErrorBody(answer.body) }, request.operation, this.#refusals);
  }

  listen(listener: (notice: Notice) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onClosed(listener: (error: FerryError) => void): () => void {
    if (this.#closed !== null) listener(this.#closed);
    else this.#closedListeners.add(listener);
    return () => this.#closedListeners.delete(listener);
  }

  close(): void {
    if (this.#closed !== null) return;
    if ([...this.#pending.values()].some(({ request }) => request.effect === true)) {
      this.#reset('it is closed while a request with an effect waits');
      return;
    }
    this.#ws.close(1000);
    this.#wentAway(1000);
    // A service that never answers the goodbye must not keep the process alive.
    setTimeout(() => this.#ws.terminate(), 1_000).unref();
  }

  async #exchange(request: SocketRequest): Promise<Answer> {
    const timeoutMs = request.timeoutMs ?? this.#options.requestTimeoutMs;
    let timer: NodeJS.Timeout | undefined;
    let onAbort: (() => void) | undefined;
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const id = this.#send(request, (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)));
        // After a stop of the whole process the timer comes before the answer that lies in the buffer: read first.
        timer = setTimeout(() => setImmediate(() => this.#timedOut(id, timeoutMs)), timeoutMs);
        onAbort = () => this.#aborted(id);
        request.signal?.addEventListener('abort', onAbort, { once: true });
      });
    } finally {
      clearTimeout(timer);
      if (onAbort !== undefined) request.signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * A service may take the upgrade and only then say that the token has expired (4401). Nothing with an effect is sent
   * before the socket has answered once, or its loss would leave a question that costs a look and a failed attempt.
   */
  async #prove({ signal, timeoutMs }: SocketRequest): Promise<void> {
    try {
      await this.request({ operation: 'clock', type: 'GetClock', signal, timeoutMs });
    } catch (error) {
      if (!isRefusal(error) || error.code === 'TOKEN_EXPIRED') throw error;
    }
  }

  /** A socket that the other side has said goodbye on knows why only when it is closed; nothing more comes on it. */
  async #whyNotSent(request: SocketRequest): Promise<FerryError> {
    this.#ws.terminate();
    const error = await new Promise<FerryError>((resolve) => this.onClosed(resolve));
    return error.code === 'TOKEN_EXPIRED' ? error : notSent(request.operation);
  }

  /** Check, permission and hand-over in one tick. Whatever is thrown here was not sent. */
  #send(request: SocketRequest, settle: Pending['settle']): string {
    request.signal?.throwIfAborted();
    if (!this.isOpen()) throw notSent(request.operation);
    const id = String(++this.#lastId);
    const { type, body, headers } = request;
    const frame = JSON.stringify({ kind: 'req', id, type, headers, body });
    request.permit?.();
    this.#pending.set(id, { request, sentAt: performance.now(), settle });
    this.#bundle.begin();
    this.#ws.send(frame);
    // Its permission holds for now, not for the end of whatever else this turn has to do.
    if (request.effect === true) this.#bundle.end();
    return id;
  }

  /**
   * Behind bytes that wait for a slow line, a frame would leave long after its permission: such a frame waits here,
   * before permission is asked, and is given up with the request's time.
   */
  async #drained(request: SocketRequest): Promise<void> {
    const until = performance.now() + (request.timeoutMs ?? this.#options.requestTimeoutMs);
    this.#bundle.end();
    while (this.isOpen() && this.#ws.bufferedAmount > 0) {
      if (performance.now() > until) throw jammed(request.operation);
      await new Promise((resolve) => setTimeout(resolve, 5));
      request.signal?.throwIfAborted();
    }
  }

  #receive(text: string): void {
    this.#lastInboundAt = performance.now();
    const frame = readFrame(text);
    if (frame === null) {
      this.#options.log('debug', 'Ignored a frame that is neither an answer nor a notification.');
    } else if (frame.kind === 'answer') {
      this.#proven = true;
      // Nobody waits (any more) for an answer that came twice, or too late.
      this.#settle(frame.reqId, frame);
    } else {
      for (const listener of this.#listeners) listener(frame);
    }
  }

  #settle(id: string, outcome: Answer | FerryError | Error): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    pending.settle(outcome);
  }

  #timedOut(id: string, timeoutMs: number): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    const { request } = pending;
    const error = unanswered(request.operation, request.effect === true, timeoutMs);
    const silent = this.#lastInboundAt < pending.sentAt;
    this.#pending.delete(id);
    // One slow answer is no reason to cut off others, complete silence is: nothing will come on this socket any more.
    if (request.effect === true || silent) this.#reset('an answer did not come in time');
    pending.settle(error);
  }

  #aborted(id: string): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    if (pending.request.effect === true) this.#reset('a request with an effect was abandoned');
    pending.settle(asError(pending.request.signal?.reason));
  }

  #beat(): void {
    if (!this.isOpen()) return;
    this.#ws.ping();
    void this.request({ operation: 'clock', type: 'GetClock' }).catch(() => undefined);
  }

  #reset(why: string): void {
    if (this.#closed !== null) return;
    this.#options.log('warn', `Cut off a consumer socket: ${why}.`);
    if (!this.#raw.destroyed) this.#raw.resetAndDestroy();
    this.#ws.terminate();
    this.#wentAway(1006, true);
  }

  #wentAway(closeCode: number, cutOffHere = false): void {
    if (this.#closed !== null) return;
    this.#closed = lost('listening', false, closeCode);
    this.#stopHeartbeat();
    this.#options.log('debug', 'A consumer socket closed.', { closeCode });
    for (const listener of this.#closedListeners) listener(this.#closed);
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const { request, settle } of waiting) {
      settle(lost(request.operation, request.effect === true, closeCode, cutOffHere));
    }
  }
}

function textOf(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString('utf8');
  return Array.isArray(data) ? Buffer.concat(data).toString('utf8') : Buffer.from(data).toString('utf8');
}
