/**
 * One open consumer socket: matches answers to requests by `reqId`, passes notifications on, sends a heartbeat, and
 * decides which error a waiting request gets when the socket is lost.
 *
 * States: open, then closed. Nothing is queued: a request either leaves during the call or fails with
 * MESSAGING_UNAVAILABLE and was not sent. When the answer to a request with an effect does not come (timeout, close,
 * abort), the socket is closed by a TCP reset *before* the caller gets the error. So a frame in a buffer of this
 * machine cannot arrive later.
 */
import type { RawData, WebSocket } from 'ws';
import { FerryError } from '../errors';
import type { Gate, Permit } from '../lib/gate';
import { asError } from '../lib/shared-call';
import { bundleWrites, type Bundle } from './bundle';
import type { DialedSocket } from './dial';
import type { AccountAddress } from './types';
import { readFrame, type Answer, type Notice } from './frames';
import { startHeartbeat } from './heartbeat';
import type { ResolvedOptions } from './options';
import { lineBlocked, lost, notSent, unanswered, unreadable } from './lost-requests';
import { isRefusal, refusalError, type Operation, type RefusalRule } from './refusals';
import { readErrorBody } from './schemas';

export interface SocketRequest {
  readonly operation: Operation;
  readonly type: string;
  readonly body?: unknown;
  readonly headers?: unknown;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** True: the request changes something, so a missing answer is ANSWER_LOST. */
  readonly effect?: boolean;
  /** Awaited when the socket is ready for the frame, directly before `permit`. */
  readonly beforeSend?: (() => Promise<void>) | undefined;
  /** Called in the tick in which the socket gets the frame; throws to forbid sending. */
  readonly permit?: (() => void) | undefined;
}

export interface Connection {
  readonly isOpen: () => boolean;
  /** True once the service has answered on this socket. */
  readonly isProven: () => boolean;
  /** Resolves with the body of a 2xx answer; throws for every other answer. */
  request(request: SocketRequest): Promise<unknown>;
  /** Every notification from now on, until the returned function is called. */
  listen(listener: (notice: Notice) => void): () => void;
  /**
   * Calls back once when the socket is lost, with the error for a read; at once when it is lost already. The returned
   * function cancels the call.
   */
  onClosed(listener: (error: FerryError) => void): () => void;
  /**
   * Closes; resets the connection when a request with an effect still waits. Waiting requests fail as with any loss.
   */
  close(): void;
}

interface Pending {
  readonly request: SocketRequest;
  readonly sentAt: number;
  readonly settle: (outcome: Answer | FerryError | Error) => void;
}

/** @param account its rules for refusals are tried before the built-in ones; every request passes its gate */
export function createConnection(
  socket: DialedSocket,
  options: ResolvedOptions,
  { refusals = [], gate }: Pick<AccountAddress, 'refusals' | 'gate'> = {},
): Connection {
  return new SocketConnection(socket, options, refusals, gate);
}

class SocketConnection implements Connection {
  readonly #ws: WebSocket;
  readonly #raw: DialedSocket['raw'];
  readonly #bundle: Bundle;
  readonly #options: ResolvedOptions;
  readonly #refusals: readonly RefusalRule[];
  readonly #gate: Gate | undefined;
  readonly #pending = new Map<string, Pending>();
  readonly #listeners = new Set<(notice: Notice) => void>();
  readonly #closedListeners = new Set<(error: FerryError) => void>();
  readonly #stopHeartbeat: () => void;
  #lastId = 0;
  #lastInboundAt = performance.now();
  #proven = false;
  #closed: FerryError | null = null;

  constructor(
    { ws, wire, raw }: DialedSocket,
    options: ResolvedOptions,
    refusals: readonly RefusalRule[],
    gate: Gate | undefined,
  ) {
    this.#ws = ws;
    this.#raw = raw;
    this.#bundle = bundleWrites(wire);
    this.#options = options;
    this.#refusals = refusals;
    this.#gate = gate;
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
    if (request.effect === true && !this.#proven) await this.#prove(request);
    const permit = await this.#gate?.enter(request.signal);
    if (permit === undefined) return await this.#ask(request, undefined);
    let isOver = false;
    try {
      const answer = await this.#ask(request, permit);
      isOver = true;
      return answer;
    } catch (error) {
      isOver = isRefusal(error);
      if (isOver && error instanceof FerryError && error.code === 'THROTTLED') permit.refused(error.retryAfterMs);
      throw error;
    } finally {
      permit.release(isOver);
    }
  }

  /** The request holds its place under the limit already, so the remaining steps must be short. */
  async #ask(request: SocketRequest, permit: Permit | undefined): Promise<unknown> {
    if (request.effect === true) {
      await this.#drained(request);
      if (request.beforeSend !== undefined) {
        await request.beforeSend();
        // Other requests may have been sent while this one waited.
        await this.#drained(request);
      }
    }
    const answer = await this.#exchange(request, permit);
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
      this.#reset('it was closed while a request with an effect waited');
      return;
    }
    this.#ws.close(1000);
    this.#wentAway(1000);
    // A service that never answers the close must not keep the process alive.
    setTimeout(() => this.#ws.terminate(), 1_000).unref();
  }

  async #exchange(request: SocketRequest, permit: Permit | undefined): Promise<Answer> {
    const timeoutMs = request.timeoutMs ?? this.#options.requestTimeoutMs;
    let timer: NodeJS.Timeout | undefined;
    let onAbort: (() => void) | undefined;
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const id = this.#send(request, (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)));
        // After the whole process was stopped, the timer runs before the buffered answer is read: read first.
        timer = setTimeout(() => setImmediate(() => this.#timedOut(id, timeoutMs)), timeoutMs);
        onAbort = () => this.#aborted(id);
        request.signal?.addEventListener('abort', onAbort, { once: true });
        permit?.signal.addEventListener('abort', () => this.#takenBack(id, permit.signal), { once: true });
      });
    } finally {
      clearTimeout(timer);
      if (onAbort !== undefined) request.signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * A service may accept the upgrade and tell only then that the token has expired (4401). So no request with an effect
   * is sent before the first answer: otherwise the loss would cost a look and a failed attempt.
   */
  async #prove({ signal, timeoutMs }: SocketRequest): Promise<void> {
    try {
      await this.request({ operation: 'clock', type: 'GetClock', signal, timeoutMs });
    } catch (error) {
      if (!isRefusal(error) || error.code === 'TOKEN_EXPIRED') throw error;
    }
  }

  /**
   * The reason of a close by the other side is known only once the socket is closed; no more frames come until then.
   */
  async #whyNotSent(request: SocketRequest): Promise<FerryError> {
    this.#ws.terminate();
    const error = await new Promise<FerryError>((resolve) => this.onClosed(resolve));
    return error.code === 'TOKEN_EXPIRED' ? error : notSent(request.operation);
  }

  /** Checks, asks for permission and sends in one tick. After a throw the request was not sent. */
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
    // The permission is valid now, and perhaps not at the end of this turn.
    if (request.effect === true) this.#bundle.end();
    return id;
  }

  /**
   * Behind bytes that wait for a slow line, a frame would leave long after its permission. So it waits here, before the
   * permission is asked, and is dropped when the request's time has passed.
   */
  async #drained(request: SocketRequest): Promise<void> {
    const until = performance.now() + (request.timeoutMs ?? this.#options.requestTimeoutMs);
    this.#bundle.end();
    while (this.isOpen() && this.#ws.bufferedAmount > 0) {
      if (performance.now() > until) throw lineBlocked(request.operation);
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
      // An answer that came twice or too late: no request waits for it.
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
    // One slow answer must not end other requests. After complete silence no answer will come on this socket.
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

  /**
   * The place under the limit was withdrawn. A frame that has left cannot be recalled, so the whole socket is closed.
   */
  #takenBack(id: string, { reason }: AbortSignal): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    if (pending.request.effect !== true) {
      this.#pending.delete(id);
      pending.settle(asError(reason));
    }
    this.#reset('a request was given up because the worker lost its share of the limits');
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
