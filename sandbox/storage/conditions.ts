import type { IncomingHttpHeaders } from 'node:http';

/**
 * Decides the conditional headers of GET and HEAD, in Swift's order. `If-Range` is not among them: Swift does not
 * know it and sends the part even when the object has changed.
 */
export function conditionalStatus(
  headers: IncomingHttpHeaders,
  object: { readonly md5: string; readonly modifiedSeconds: number },
): 304 | 412 | null {
  const ifNoneMatch = headers['if-none-match'];
  const ifMatch = headers['if-match'];
  if (ifNoneMatch && names(ifNoneMatch, object.md5)) return 304;
  if (ifMatch && !names(ifMatch, object.md5)) return 412;
  const modifiedSince = seconds(headers['if-modified-since']);
  if (modifiedSince !== null && object.modifiedSeconds <= modifiedSince) return 304;
  const unmodifiedSince = seconds(headers['if-unmodified-since']);
  return unmodifiedSince !== null && object.modifiedSeconds > unmodifiedSince ? 412 : null;
}

/** Quotes are optional; `*` names everything. */
function names(header: string, md5: string): boolean {
  const tags = header.split(',').map((tag) => unquoted(tag.trim()));
  return tags.includes('*') || tags.includes(md5);
}

/** An ETag without its quotes, in either form. */
export function unquoted(tag: string): string {
  return /^"(.*)"$/.exec(tag)?.[1] ?? tag;
}

function seconds(header: string | undefined): number | null {
  const milliseconds = Date.parse(header ?? '');
  return Number.isNaN(milliseconds) ? null : Math.floor(milliseconds / 1000);
}
