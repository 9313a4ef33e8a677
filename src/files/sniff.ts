import type { FileHandle } from 'node:fs/promises';
import { isPlain, nearlyText, otherEncoding, WINDOW } from './almost-text';
import { beginsLikeCompound, contentOfCompound } from './compound';
import { foreign, known, type Content } from './content';
import { activeText, endingOf, promisesNoText } from './kinds';
import { marked } from './marks';
import { markup } from './markup';
import { contentOfZip } from './office';
import { isPdfInBinary, isPdfInText, pdfHeaderAt } from './pdf';
import { readAt } from './read';
import { findTextProblem } from './text';
import { beginsLikeZip } from './zip';

/** Enough bytes to recognise every type that Ferry refuses. */
const HEAD = 256 * 1024;

/**
 * Finds a file's type by its content. The name decides only between kinds of text, which has no mark. A file is text
 * when all of it is text, whatever its first bytes are. Office files are recognised by the content types in their
 * package. The other types that are sent are recognised by marks that are long enough. The detectors of `file-type`
 * only name files that are refused.
 */
export async function sniff(name: string, file: FileHandle, sizeBytes: number, signal?: AbortSignal): Promise<Content> {
  const obvious = obviousPicture(await readAt(file, 0, Math.min(WINDOW, sizeBytes)));
  if (obvious !== null) return obvious;
  const head = await readAt(file, 0, Math.min(HEAD, sizeBytes));
  const problem = await findTextProblem(file, signal);
  const pdfAt = pdfHeaderAt(head);
  if (problem === null) {
    const isPdf = pdfAt !== null && (await isPdfInText(file, sizeBytes, head, pdfAt));
    return isPdf ? pdf(pdfAt) : textual(name, head);
  }
  if (pdfAt !== null && (await isPdfInBinary(file, sizeBytes, head, pdfAt))) return pdf(pdfAt);
  if (beginsLikeZip(head)) return contentOfZip(file, sizeBytes);
  if (beginsLikeCompound(head)) return contentOfCompound(file, signal);
  return (
    latePdf(head) ??
    (await otherEncoding(file, head, problem)) ??
    picture(head) ??
    behindBlanks(head) ??
    marked(head) ??
    (await detected(head)) ??
    (await nearlyText(file, head, problem)) ??
    unknown(head)
  );
}

function pdf(at: number): Content {
  // Some services look for the mark at the very start, as `file` does.
  return known('PDF', at === 0 ? undefined : `is a PDF that begins only at offset ${at}; sent as it is`);
}

function textual(name: string, head: Buffer): Content {
  const other = promisesNoText(name) ? markup(head) : null;
  if (other !== null) return other;
  const convertTo = activeText(name);
  if (convertTo === null) return { ...known('TXT'), label: 'text' };
  const ending = endingOf(name);
  return foreign(ending.slice(1).toUpperCase(), { picture: ending === '.svg', convertTo });
}

/**
 * Recognises a JPEG or PNG by its first bytes, when these cannot begin a text or a PDF. This is fast: a job inspects
 * 100,000 files, and most of them are pictures.
 */
function obviousPicture(start: Buffer): Content | null {
  if (pdfHeaderAt(start) !== null) return null;
  // A long text in the first segment of a JPEG may fill the window. No text begins with these marks.
  const isJpeg = start[0] === 0xff && start[1] === 0xd8 && start[2] === 0xff && (start[3] ?? 0) >= 0xc0;
  return isJpeg || (start[0] === 0x89 && !isPlain(start)) ? picture(start) : null;
}

function picture(head: Buffer): Content | null {
  const start = head.toString('latin1', 0, 8);
  if (start === '\x89PNG\r\n\x1a\n') return known('PNG');
  if (start.startsWith('GIF87a') || start.startsWith('GIF89a')) return known('GIF');
  // F7 as the fourth byte means JPEG-LS, which no browser shows.
  return start.startsWith('\xff\xd8\xff') && start[3] !== '\xf7' ? known('JPG') : null;
}

/** The usual cause is a web script that prints a line break before the file. */
function behindBlanks(head: Buffer): Content | null {
  const blanks = head.findIndex((byte) => ![0x09, 0x0a, 0x0d, 0x20].includes(byte));
  if (blanks <= 0) return null;
  const rest = head.subarray(blanks);
  const seen = picture(rest);
  const what = seen?.label ?? (beginsLikeZip(rest) ? 'ZIP or an Office document' : null);
  if (what === null) return null;
  const bytes = blanks === 1 ? 'a blank or line break' : `${blanks} blanks or line breaks`;
  return foreign(what, {
    picture: seen !== null,
    description: `a ${what} behind ${bytes}, where viewers do not look for it`,
    help: 'Remove what comes before.',
  });
}

async function detected(head: Buffer): Promise<Content | null> {
  // Loaded at the first use: loading takes 100 ms, which would slow down every start of the command line.
  const detectors = await import('file-type');
  // The detectors may throw for a malformed file; its type is unknown then.
  const found = await detectors.fileTypeFromBuffer(head).catch(() => undefined);
  if (found === undefined) return null;
  const isPicture = found.mime.startsWith('image/');
  return foreign(found.ext.toUpperCase(), { picture: isPicture, convertTo: isPicture ? ['JPG', 'PNG'] : [] });
}

/** The bytes of a PDF often look like text in another encoding. */
function latePdf(head: Buffer): Content | null {
  const at = head.indexOf('%PDF-');
  if (at <= 0 || !/[\r\n]\d+ \d+ obj\b/.test(head.toString('latin1', at))) return null;
  const description = `data with a PDF at offset ${at}, where no viewer looks for it`;
  return foreign(null, { description, help: 'Remove what comes before.' });
}

function unknown(head: Buffer): Content {
  const start = head
    .toString('hex', 0, 8)
    .toUpperCase()
    .replace(/..(?=.)/g, '$& ');
  return foreign(null, { description: `of no type that Ferry knows (it begins with ${start})` });
}
