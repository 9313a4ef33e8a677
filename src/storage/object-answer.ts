import { FerryError } from '../errors';
import { bytesIn, header, refusal, type Headers } from './failures';
import { bareEtag } from './head';

/** The facts in an answer to GET about the object and its body. */
export interface ObjectAnswer {
  readonly etag: string;
  /** Size of the whole object. */
  readonly sizeBytes: number;
  /** Position of the body's first byte in the object. */
  readonly from: number;
  /** True when the ETag is the MD5 of the content, which it is not for large objects made of segments. */
  readonly etagIsMd5: boolean;
}

/** The part belongs to another object, or does not fit the object: start again. */
export class StartAgain extends Error {
  override readonly name = 'StartAgain';
}

/**
 * Reads status and headers of the answer to a GET from byte `from`.
 *
 * @throws {StartAgain} when the object changed since the part was begun
 * @throws {FerryError} OBJECT_MISSING, and the errors of {@link refusal}
 */
export function objectAnswer(status: number, headers: Headers, from: number, what: string): ObjectAnswer {
  if (from > 0 && (status === 412 || status === 416)) throw new StartAgain();
  if (status === 404) throw new FerryError('OBJECT_MISSING', `Storage has no object for ${what}.`);
  if (status !== 200 && status !== 206) throw refusal(status, what, headers);
  const etag = bareEtag(header(headers, 'etag'));
  const segments = header(headers, 'x-static-large-object') ?? header(headers, 'x-object-manifest');
  const etagIsMd5 = segments === undefined && /^[0-9a-f]{32}$/.test(etag);
  const length = bytesIn(header(headers, 'content-length'), what);
  if (status === 200) return { etag, sizeBytes: length, from: 0, etagIsMd5 };
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(header(headers, 'content-range') ?? '');
  const [first, last, total] = (range ?? []).slice(1).map((number) => bytesIn(number, what));
  if (first !== from || last === undefined || total === undefined || last !== total - 1 || length !== total - from) {
    throw new FerryError('PROTOCOL_ERROR', `Storage answered ${what} with another range than requested.`);
  }
  return { etag, sizeBytes: total, from, etagIsMd5 };
}
