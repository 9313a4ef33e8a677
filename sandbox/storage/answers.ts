/** Swift's answers to everything that is not plain success, as observed on 2.30.1. Never JSON, never `Retry-After`. */
import { STATUS_CODES } from 'node:http';

import type { Answer } from '../exchange';

const HTML = 'text/html; charset=UTF-8';

const EXPLANATIONS: Readonly<Record<number, readonly [reason: string, explanation: string]>> = {
  202: ['Accepted', 'The request is accepted for processing.'],
  401: ['Unauthorized', 'This server could not verify that you are authorized to access the document you requested.'],
  404: ['Not Found', 'The resource could not be found.'],
  405: ['Method Not Allowed', 'The method is not allowed for this resource.'],
  412: ['Precondition Failed', 'A precondition for this request was not met.'],
  413: ['Request Entity Too Large', 'The body of your request was too large for this server.'],
  416: ['Requested Range Not Satisfiable', 'The Range requested is not available.'],
  422: ['Unprocessable Entity', 'Unable to process the contained instructions'],
  499: ['Client Disconnect', 'The client was disconnected during request.'],
  503: ['Service Unavailable', 'The server is currently unavailable. Please try again at a later time.'],
};

/** The usual answer for a status: a line of HTML. */
export function explained(status: number): Answer {
  const known = EXPLANATIONS[status];
  const reason = known?.[0] ?? STATUS_CODES[status] ?? 'Unknown';
  const body =
    status < 300 && known === undefined ? '' : `<html><h1>${reason}</h1><p>${known?.[1] ?? reason}</p></html>`;
  return { status, reason, headers: { 'Content-Type': HTML }, body };
}

export function plain(status: number, body: string): Answer {
  return { ...explained(status), headers: { 'Content-Type': 'text/plain' }, body };
}

/** One and the same for expired, forged, wrong method, wrong path, malformed: a client cannot tell them apart. */
export const TEMP_URL_INVALID: Answer = {
  status: 401,
  reason: 'Unauthorized',
  headers: { 'Content-Type': HTML, 'Www-Authenticate': 'Swift realm="unknown"' },
  body: '401 Unauthorized: Temp URL invalid\n',
};

/** Neither of the two parameters: the answer comes from the layer behind, and names the account. */
export function unauthorized(account: string): Answer {
  const answer = explained(401);
  return { ...answer, headers: { ...answer.headers, 'Www-Authenticate': `Swift realm="${account}"` } };
}

const ALLOWED = 'OPTIONS, PUT, POST, GET, HEAD, DELETE';

/** A preflight for a container that no origin was allowed for. */
export const PREFLIGHT_REFUSED: Answer = { ...explained(401), headers: { 'Content-Type': HTML, Allow: ALLOWED } };

export const METHOD_NOT_ALLOWED: Answer = { ...explained(405), headers: { 'Content-Type': HTML, Allow: ALLOWED } };

export const SERVER_ERROR: Answer = {
  status: 500,
  reason: 'Internal Error',
  headers: { 'Content-Type': 'text/plain' },
  body: 'An error occurred',
};
