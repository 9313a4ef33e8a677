import type { FaultPoint, HttpAnswer, HttpRequest, HttpRoute } from '../types';
import { parseJson } from './json';

/** Named groups of a route's pattern. */
export type PathParts = Readonly<Record<string, string>>;
type RouteHandler = (request: HttpRequest, parts: PathParts) => HttpAnswer | Promise<HttpAnswer>;

export function route(point: FaultPoint, method: string, pattern: RegExp, handle: RouteHandler): HttpRoute {
  return {
    point,
    matches: (requestMethod, path) => requestMethod === method && pattern.test(path),
    handle: async (request) => handle(request, { ...pattern.exec(request.path)?.groups }),
  };
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return {
    status,
    headers: { 'Content-Type': 'application/json;charset=utf-8', ...headers },
    body: JSON.stringify(body),
  };
}

/** JSONP. Only names are taken as a callback: anything else would be a script of the caller's own. */
export function jsonp(callback: string | null, body: unknown): HttpAnswer {
  if (callback === null || !/^[\w$.]{1,128}$/.test(callback)) {
    return refusal(400, 'The name of the callback is missing or not a name.');
  }
  const headers = { 'Content-Type': 'application/javascript;charset=utf-8' };
  return { status: 200, headers, body: `${callback}(${JSON.stringify(body)})` };
}

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  412: 'PRECONDITION_FAILED',
};

/** The error body that is documented for the login service; used for all plain HTTP services of the sandbox. */
export function refusal(status: number, message: string, internalCode = 10): HttpAnswer {
  const responseStatus = STATUS_NAMES[status] ?? 'ERROR';
  return json(status, { error: { time: new Date().toISOString(), message, internalCode, responseStatus } });
}

/** undefined when the body is empty or not JSON. */
export function jsonBody(request: HttpRequest): unknown {
  return parseJson(request.body.toString('utf8'));
}
