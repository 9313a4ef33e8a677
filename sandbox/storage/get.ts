/** GET and HEAD of a TempURL. */
import { randomBytes } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';

import { reply, type Answer, type Exchange } from '../exchange';
import type { FaultAction } from '../types';
import { SERVER_ERROR, explained } from './answers';
import type { StoredObject } from './catalogue';
import { conditionalStatus } from './conditions';
import { contentDisposition } from './disposition';
import { contentRange, planMultipart, readRanges, type Piece } from './ranges';
import { sendPieces } from './send-pieces';
import type { StorageContext, Target } from './target';
import { expiresHeader, lastModified, modifiedSeconds, timestamp } from './times';

export interface Grant {
  /** Unix seconds. */
  readonly expires: number;
  readonly query: URLSearchParams;
}

export async function get(
  context: StorageContext,
  exchange: Exchange,
  target: Target,
  grant: Grant,
  action: FaultAction | null,
): Promise<void> {
  const { headers, method } = exchange.request;
  const object = context.catalogue.find(target.path);
  if (object === null) return reply(exchange, absent(headers['if-match']));
  const own = headersOf(object);
  const condition = conditionalStatus(headers, { md5: object.md5, modifiedSeconds: modifiedSeconds(object.at) });
  if (condition !== null) return reply(exchange, unmet(condition, own));
  const expires = expiresHeader(grant.expires);
  if (expires === null) return reply(exchange, SERVER_ERROR);
  const disposition = contentDisposition(target.path, grant.query, object.headers['content-disposition']);
  const granted = { ...own, 'Content-Disposition': disposition, Expires: expires };
  if (method === 'HEAD') return head(exchange, object, granted, action);
  const ranges = readRanges(headers.range, object.sizeBytes);
  if (ranges?.length === 0) return reply(exchange, unsatisfiable(object, own));
  const { status, pieces, changed } = plan(object, ranges);
  await sendPieces(context, exchange, { object, status, headers: { ...granted, ...changed }, pieces }, action);
}

function plan(object: StoredObject, ranges: ReturnType<typeof readRanges>) {
  const { sizeBytes } = object;
  const whole: Piece = { start: 0, end: sizeBytes };
  const [first, second] = ranges ?? [];
  // "The last five bytes" of an empty object: there is nothing that a Content-Range could name.
  if (ranges === null || first === undefined || sizeBytes === 0) return { status: 200, pieces: [whole], changed: {} };
  if (second === undefined) {
    return { status: 206, pieces: [first], changed: { 'Content-Range': contentRange(first, sizeBytes) } };
  }
  const contentType = object.headers['content-type'] ?? '';
  const multipart = planMultipart(ranges, contentType, sizeBytes, randomBytes(16).toString('hex'));
  return { status: 206, pieces: multipart.pieces, changed: { 'Content-Type': multipart.contentType } };
}

/** `X-Object-Meta-*` stays behind, `X-Object-Meta-Public-*` does not. */
function headersOf(object: StoredObject): OutgoingHttpHeaders {
  const shown = Object.entries(object.headers).filter(([name]) => !/^x-object-meta-(?!public-)/.test(name));
  return {
    ...Object.fromEntries(shown.map(([name, value]) => [titleCase(name), value])),
    Etag: object.md5,
    'Last-Modified': lastModified(object.at),
    'X-Timestamp': timestamp(object.at),
    'Accept-Ranges': 'bytes',
    ...(object.deleteAt === undefined ? {} : { 'X-Delete-At': String(object.deleteAt) }),
  };
}

function absent(ifMatch: string | undefined): Answer {
  return ifMatch?.trim() === '*' ? { ...explained(412), body: '' } : explained(404);
}

/** Without a body; the current ETag is there, so that a client sees what the object is now. */
function unmet(status: 304 | 412, own: OutgoingHttpHeaders): Answer {
  if (status === 304) return { status, headers: own };
  const { 'Accept-Ranges': _, ...rest } = own;
  const answer = explained(status);
  return { ...answer, headers: { ...rest, ...answer.headers }, body: '' };
}

function unsatisfiable(object: StoredObject, own: OutgoingHttpHeaders): Answer {
  return { ...explained(416), headers: { ...own, 'Content-Range': `bytes */${object.sizeBytes}` } };
}

/** A damaged HEAD tells of another object than there is: another ETag, or fewer bytes. */
function head(
  exchange: Exchange,
  object: StoredObject,
  headers: OutgoingHttpHeaders,
  action: FaultAction | null,
): void {
  const truncated = typeof action === 'object' && action !== null && 'truncateAtBytes' in action;
  const length = truncated ? Math.min(action.truncateAtBytes, object.sizeBytes) : object.sizeBytes;
  const etag = action === 'corrupt' ? `${object.md5.startsWith('0') ? '1' : '0'}${object.md5.slice(1)}` : object.md5;
  reply(exchange, { status: 200, headers: { ...headers, Etag: etag, 'Content-Length': length } });
}

function titleCase(header: string): string {
  return header.replaceAll(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
