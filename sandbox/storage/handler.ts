/** Storage's front: what is common to all methods, faults, signature, then the method itself. */
import { randomBytes } from 'node:crypto';

import { drop, hangUp, isGone, reply, type Answer, type Exchange } from '../exchange';
import { delay } from '../fault-timing';
import type { FaultAction } from '../types';
import {
  METHOD_NOT_ALLOWED,
  PREFLIGHT_REFUSED,
  SERVER_ERROR,
  TEMP_URL_INVALID,
  explained,
  unauthorized,
} from './answers';
import { get } from './get';
import { put } from './put';
import { post, remove } from './remove-and-post';
import { refusePointers } from './request-headers';
import { decodePath, splitPath, type StorageContext, type Target } from './target';
import { checkTempUrl } from './temp-url';

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'];

const POINTS: Readonly<Record<string, string>> = { PUT: 'put', GET: 'get', HEAD: 'head' };

export async function handleStorage(
  context: StorageContext,
  exchange: Exchange,
  rawPath: string,
  query: URLSearchParams,
): Promise<void> {
  const { request } = exchange;
  nameTransaction(exchange);
  const point = POINTS[request.method ?? ''];
  const action = point === undefined ? null : context.faults.take(point);
  if (isAction(action, 'delayMs')) await delay(exchange, action.delayMs);
  if (isGone(exchange) || actBeforeAll(exchange, action)) return;
  if (request.method === 'OPTIONS') return reply(exchange, PREFLIGHT_REFUSED);
  const path = decodePath(rawPath);
  if (path === null) {
    return reply(exchange, { ...SERVER_ERROR, headers: { ...SERVER_ERROR.headers, Connection: 'close' } });
  }
  const target = splitPath(path);
  const check = { method: request.method ?? '', path, query, peerAddress: request.socket.remoteAddress ?? '' };
  const verdict = checkTempUrl({ ...check, nowMs: Date.now() }, keysFor(context, target));
  if (!verdict.valid) return reply(exchange, verdict.unsigned ? unsigned(request.method, target) : TEMP_URL_INVALID);
  await serve(context, exchange, target, { expires: verdict.expires, query }, action);
}

async function serve(
  context: StorageContext,
  exchange: Exchange,
  target: Target,
  grant: { readonly expires: number; readonly query: URLSearchParams },
  action: FaultAction | null,
): Promise<void> {
  const { method, headers } = exchange.request;
  if (method === 'GET' || method === 'HEAD') {
    // There is no effect that an answer could get lost behind.
    if (action === 'drop-after' || (method === 'HEAD' && isAction(action, 'resetAfterBytes'))) return drop(exchange);
    return get(context, exchange, target, grant, action);
  }
  if (method === 'DELETE') return remove(context, exchange, target);
  const refusal = refusePointers(headers);
  if (refusal !== null) return reply(exchange, refusal);
  return method === 'PUT' ? put(context, exchange, target, action) : post(context, exchange, target);
}

/** @returns true when the request has met its end */
function actBeforeAll(exchange: Exchange, action: FaultAction | null): boolean {
  if (action === 'drop-before') drop(exchange);
  else if (action === 'expired') reply(exchange, TEMP_URL_INVALID);
  else if (isAction(action, 'closeCode')) hangUp(exchange);
  else if (isAction(action, 'status')) reply(exchange, faulty(action.status));
  else if (isAction(action, 'error')) reply(exchange, faulty(action.error.code));
  else return false;
  return true;
}

function unsigned(method: string | undefined, target: Target): Answer {
  return METHODS.includes(method ?? '') ? unauthorized(target.account) : METHOD_NOT_ALLOWED;
}

function faulty(status: number) {
  return status === 401 ? TEMP_URL_INVALID : explained(status);
}

function isAction<Key extends string>(
  action: FaultAction | null,
  key: Key,
): action is Extract<FaultAction, Record<Key, unknown>> {
  return typeof action === 'object' && action !== null && key in action;
}

/** The sandbox has one account; any other is as good as one without a key. */
function keysFor(context: StorageContext, target: Target): readonly string[] {
  return target.account === context.account ? context.keys : [];
}

function nameTransaction({ request, response }: Exchange): void {
  const extra = request.headers['x-trans-id-extra'];
  const suffix = typeof extra === 'string' ? `-${extra.slice(0, 32)}` : '';
  const time = Math.floor(Date.now() / 1000)
    .toString(16)
    .padStart(10, '0');
  const id = `tx${randomBytes(11).toString('hex').slice(0, 21)}-${time}${suffix}`;
  response.setHeader('X-Trans-Id', id);
  response.setHeader('X-Openstack-Request-Id', id);
}
