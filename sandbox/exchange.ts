/** One HTTP request and its answer: what every part of the core needs, with the journal's entry kept in step. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

import type { OpenRecord } from './request-log';
import { resetConnection } from './reset';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly record: OpenRecord;
  /** The client asked to be told (`Expect: 100-continue`) before it sends the body; not told yet. */
  awaitsContinue: boolean;
}

export interface Answer {
  readonly status: number;
  readonly reason?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** Sends an answer whole. HEAD gets its headers alone. */
export function reply(exchange: Exchange, answer: Answer): void {
  const { request, response, record } = exchange;
  if (response.headersSent || response.destroyed) return;
  const body = Buffer.from(answer.body ?? '');
  const bodiless = request.method === 'HEAD' || answer.status === 204 || answer.status === 304;
  // HEAD of an object says the object's length; of anything else 0.
  const length = bodiless ? 0 : body.length;
  writeHead(exchange, answer.status, answer.reason, { 'Content-Length': length, ...answer.headers });
  record.bytesOut += length;
  response.end(bodiless ? undefined : body);
}

export function replyJson(exchange: Exchange, status: number, value: unknown): void {
  reply(exchange, { status, headers: { 'Content-Type': 'application/json' }, body: `${JSON.stringify(value)}\n` });
}

export function writeHead(
  exchange: Exchange,
  status: number,
  reason: string | undefined,
  headers: OutgoingHttpHeaders,
): void {
  exchange.record.status = status;
  // A client that was never told to go on may send its body or not: only a fresh connection is clear to both sides.
  const closing = exchange.awaitsContinue ? { Connection: 'close' } : {};
  // Of the clock that links are signed by: Node's own would be the machine's, whatever clock this process was given.
  const all = { Date: new Date().toUTCString(), ...headers, ...closing };
  if (reason === undefined) exchange.response.writeHead(status, all);
  else exchange.response.writeHead(status, reason, all);
}

/** Tells a waiting client to send its body. */
export function goOn(exchange: Exchange): void {
  if (!exchange.awaitsContinue) return;
  exchange.awaitsContinue = false;
  exchange.response.writeContinue();
}

/** The connection is lost: a reset, at once. */
export function drop(exchange: Exchange): void {
  resetConnection(exchange.request.socket);
}

/** The connection is closed in order, short of what was promised; what was written before still arrives. */
export function hangUp(exchange: Exchange): void {
  exchange.request.socket.end();
  exchange.request.socket.once('finish', () => exchange.request.socket.destroy());
}

/** Whether the client is still there to be answered. */
export function isGone(exchange: Exchange): boolean {
  return exchange.request.socket.destroyed;
}

/** @returns null when the body is longer than `mostBytes` */
export async function readBody(exchange: Exchange, mostBytes: number): Promise<Buffer | null> {
  goOn(exchange);
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of exchange.request as AsyncIterable<Buffer>) {
    length += chunk.length;
    exchange.record.bytesIn += chunk.length;
    // Read to the end all the same: leaving the loop would close the connection before the answer is out.
    if (length <= mostBytes) parts.push(chunk);
  }
  return length > mostBytes ? null : Buffer.concat(parts);
}
