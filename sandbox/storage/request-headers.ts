/** What a PUT or POST may say in its headers about the object, checked and sorted as Swift does. */
import type { IncomingHttpHeaders } from 'node:http';

import { explained, plain } from './answers';
import { guessContentType } from './content-type';
import type { Answer } from '../exchange';

/** Swift's default: 5 GiB and 2 bytes. */
export const LARGEST_OBJECT_BYTES = 5_368_709_122;
const LONGEST_NAME_BYTES = 1024;
const META_PREFIX = 'x-object-meta-';
const MOST_META_ITEMS = 90;
const LONGEST_META_NAME = 128;
const LONGEST_META_VALUE = 256;
const MOST_META_BYTES = 4096;

/** They would let a PUT URL point at what it was not made for. */
const POINTERS = ['x-object-manifest', 'x-symlink-target', 'x-copy-from'];

const KEPT = ['content-disposition', 'content-encoding', 'content-language', 'cache-control', 'x-robots-tag'];

/** Checked before the container is looked at. */
export function refusePointers(headers: IncomingHttpHeaders): Answer | null {
  const pointer = POINTERS.find((name) => name in headers);
  if (pointer !== undefined) return refuseHeader(`The header '${titleCase(pointer)}' is not allowed in this tempurl`);
  if ('x-static-large-object' in headers) {
    return refuseHeader('X-Static-Large-Object is a reserved header.');
  }
  return null;
}

function refuseHeader(body: string): Answer {
  return { ...explained(400), body };
}

export function refuseLength(headers: IncomingHttpHeaders): Answer | null {
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    return plain(400, 'Invalid Transfer-Encoding header value');
  }
  const length = headers['content-length'];
  if (coding === undefined && length === undefined) return plain(411, 'Missing Content-Length header.');
  return coding === undefined && Number(length) > LARGEST_OBJECT_BYTES
    ? plain(413, 'Your request is too large.')
    : null;
}

export function refuseName(name: string): Answer | null {
  const bytes = Buffer.byteLength(name);
  return bytes > LONGEST_NAME_BYTES
    ? plain(400, `Object name length of ${bytes} longer than ${LONGEST_NAME_BYTES}`)
    : null;
}

export function refuseMetadata(headers: IncomingHttpHeaders): Answer | null {
  let count = 0;
  let bytes = 0;
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(META_PREFIX)) continue;
    const name = header.slice(META_PREFIX.length);
    const length = String(value).length;
    count += 1;
    bytes += name.length + length;
    if (name === '') return plain(400, 'Metadata name cannot be empty');
    if (name.length > LONGEST_META_NAME) return plain(400, `Metadata name too long: ${header}`);
    if (length > LONGEST_META_VALUE) return plain(400, `Metadata value longer than ${LONGEST_META_VALUE}: ${header}`);
    if (count > MOST_META_ITEMS) return plain(400, `Too many metadata items; max ${MOST_META_ITEMS}`);
    if (bytes > MOST_META_BYTES) return plain(400, `Total metadata too large; max ${MOST_META_BYTES}`);
  }
  return null;
}

/** `X-Delete-After` counts from now and goes before `X-Delete-At`. @returns Unix seconds, or the refusal */
export function readDeleteAt(headers: IncomingHttpHeaders): { deleteAt?: number } | Answer {
  const after = headers['x-delete-after'];
  const at = headers['x-delete-at'];
  const name = after === undefined ? 'X-Delete-At' : 'X-Delete-After';
  const text = after ?? at;
  if (text === undefined) return {};
  if (!/^\s*[+-]?\d+\s*$/.test(String(text))) return plain(400, `Non-integer ${name}`);
  const now = Date.now() / 1000;
  const deleteAt = after === undefined ? Number(text) : Math.floor(now + Number(text));
  return deleteAt <= now ? plain(400, `${name} in past`) : { deleteAt };
}

/** What is stored with a new object. */
export function headersOfPut(headers: IncomingHttpHeaders, name: string): Record<string, string> {
  return { 'content-type': contentTypeOf(headers, name), ...described(headers) };
}

/** POST replaces everything but the content type, unless it brings one. */
export function headersOfPost(headers: IncomingHttpHeaders, contentType: string): Record<string, string> {
  return { 'content-type': headers['content-type'] || contentType, ...described(headers) };
}

function contentTypeOf(headers: IncomingHttpHeaders, name: string): string {
  const given = headers['content-type'];
  const detect = /^(?:true|1|yes|on|t|y)$/i.test(String(headers['x-detect-content-type'] ?? ''));
  return given && !detect ? given : guessContentType(name);
}

function described(headers: IncomingHttpHeaders): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => KEPT.includes(name) || name.startsWith(META_PREFIX));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

function titleCase(header: string): string {
  return header.replaceAll(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
