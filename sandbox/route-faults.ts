/** Serves one of the messaging side's plain HTTP routes, with the fault that a rule asks for. */
import { setTimeout as sleep } from 'node:timers/promises';

import { drop, hangUp, isGone, readBody, reply, replyJson, writeHead, type Exchange } from './exchange';
import { RESET_SETTLE_MS, delay } from './fault-timing';
import type { FaultAction, Faults, HttpAnswer, HttpRoute } from './types';

/** Far above anything that discovery, login, properties and tokens carry. */
const BODY_LIMIT = 1 << 20;

/** What a client sees when its login or token has run out. */
const EXPIRED_BODY = { error: { code: 401, title: 'Unauthorized', details: 'The session or token has expired.' } };

export async function serveRoute(
  exchange: Exchange,
  route: HttpRoute,
  target: { readonly path: string; readonly query: URLSearchParams },
  faults: Faults,
): Promise<void> {
  const action = faults.take(route.point);
  if (typeof action === 'object' && action !== null && 'delayMs' in action) await delay(exchange, action.delayMs);
  if (isGone(exchange) || actWithoutEffect(exchange, action)) return;
  const body = await readBody(exchange, BODY_LIMIT);
  if (body === null) return replyJson(exchange, 413, { error: 'The body is too long.' });
  const { method = 'GET', headers } = exchange.request;
  const answer = await route.handle({ method, ...target, headers, body });
  await answerWith(exchange, answer, action);
}

/** @returns true when the request has met its end */
function actWithoutEffect(exchange: Exchange, action: FaultAction | null): boolean {
  if (action === 'drop-before') drop(exchange);
  else if (action === 'expired') replyJson(exchange, 401, EXPIRED_BODY);
  else if (typeof action !== 'object' || action === null) return false;
  else if ('closeCode' in action) hangUp(exchange);
  else if ('status' in action) replyJson(exchange, action.status, errorBody(action.status));
  else if ('error' in action) {
    const { code, errorCode, title } = action.error;
    replyJson(exchange, code, errorBody(code, errorCode, title));
  } else return false;
  return true;
}

function errorBody(code: number, errorCode = code * 100, title = 'Simulated fault'): object {
  return { error: { code, title, details: 'A fault rule of the sandbox asked for this answer.', errorCode } };
}

async function answerWith(exchange: Exchange, answer: HttpAnswer, action: FaultAction | null): Promise<void> {
  const body = Buffer.from(answer.body ?? '');
  if (action === 'drop-after') return drop(exchange);
  // One byte changed at the front: no JSON any more, and of the same length.
  if (action === 'corrupt' && body.length > 0) body[0] = 0x21;
  if (typeof action === 'object' && action !== null) {
    if ('truncateAtBytes' in action) {
      sendPart(exchange, answer, body, action.truncateAtBytes);
      return hangUp(exchange);
    }
    if ('resetAfterBytes' in action) {
      sendPart(exchange, answer, body, action.resetAfterBytes);
      await sleep(RESET_SETTLE_MS);
      return drop(exchange);
    }
  }
  reply(exchange, { status: answer.status, ...(answer.headers && { headers: { ...answer.headers } }), body });
}

function sendPart(exchange: Exchange, answer: HttpAnswer, body: Buffer, bytes: number): void {
  const part = body.subarray(0, bytes);
  writeHead(exchange, answer.status, undefined, { ...answer.headers, 'Content-Length': body.length });
  exchange.record.bytesOut += part.length;
  exchange.response.write(part);
}
