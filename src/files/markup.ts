/** Recognises markup in a file whose name promises another type, such as a web page in `invoice.pdf`. */
import { foreign, type Content } from './content';

const HEAD = 4096;
const PAGE_HELP =
  'A server may have sent this page in place of the file: open it in a browser, and download the file again.';

interface Kind {
  readonly pattern: RegExp;
  readonly content: Content;
}

/**
 * The order matters, because a web page or a drawing may begin with an XML declaration.
 *
 * Hazard: a comment must end at its first end mark. Otherwise, many comments in a row take exponential time.
 */
const KINDS: readonly Kind[] = [
  {
    pattern: /^(?:<\?xml\b[^>]*>|<!--(?:(?!-->).)*-->|\s)*(?:<!doctype\s+html\b|<html\b|<head\b|<body\b)/is,
    content: foreign('HTML', { description: 'an HTML page', help: PAGE_HELP, sendableAs: 'TXT' }),
  },
  {
    pattern: /^(?:<\?xml\b[^>]*>|<!--(?:(?!-->).)*-->|<!doctype\s+svg\b[^>]*>|\s)*<svg\b/is,
    content: foreign('SVG', { picture: true, convertTo: ['PNG'], sendableAs: 'TXT' }),
  },
  { pattern: /^\s*<\?xml\b/i, content: foreign('XML', { help: PAGE_HELP, sendableAs: 'TXT' }) },
  { pattern: /^\{\\rtf\d/, content: foreign('RTF', { convertTo: ['DOCX', 'PDF'], sendableAs: 'TXT' }) },
];

/** Null for other text. */
export function markup(head: Buffer): Content | null {
  const isWide = head[0] === 0xff && head[1] === 0xfe;
  const text = head.toString(isWide ? 'utf16le' : 'utf8', 0, HEAD).replace(/^\ufeff/, '');
  return KINDS.find(({ pattern }) => pattern.test(text))?.content ?? null;
}
