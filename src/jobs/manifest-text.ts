/** Detects the encoding, the format and the field separator of a manifest. */
import { open, stat } from 'node:fs/promises';
import { failureAnywhere, FerryError } from '../errors';
import { systemCode } from '../lib/system-code';
import { unreadable } from './raw-line';

export type ManifestFormat = { readonly kind: 'csv'; readonly delimiter: string } | { readonly kind: 'json' };

const HEAD_BYTES = 65_536;
const DELIMITERS = [',', ';', '\t', '|'] as const;

/** @throws {FerryError} USAGE when the manifest does not exist, may not be read, or is a pipe */
export async function isDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: unknown) => {
    throw cannotRead(path, error);
  });
  // A manifest is read twice, and opening a pipe without a writer never ends.
  if (found.isFIFO()) throw new FerryError('USAGE', `${path} is a pipe. Write the manifest to a file first.`);
  return found.isDirectory();
}

/** @throws {UnreadableManifest} when the manifest is not text in UTF-8. */
export async function formatOf(path: string): Promise<ManifestFormat> {
  const head = await headOf(path);
  refuseOtherEncodings(head);
  const text = head.toString('utf8').replace(/^\ufeff/, '');
  const first = text.trimStart().charAt(0);
  if (first === '[') {
    throw unreadable(1, 'The manifest is one JSON array. Write JSON Lines: one object a line, without brackets.', {
      column: 1,
    });
  }
  return first === '{' ? { kind: 'json' } : { kind: 'csv', delimiter: delimiterOf(text) };
}

async function headOf(path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw cannotRead(path, error);
  }
}

function cannotRead(path: string, error: unknown): FerryError {
  const known = failureAnywhere(error);
  if (known !== null) return known;
  const code = systemCode(error);
  const what = code === 'ENOENT' ? `There is no manifest or directory ${path}.` : `${path} cannot be read (${code}).`;
  return new FerryError('USAGE', what, { cause: error });
}

function refuseOtherEncodings(head: Buffer): void {
  const mark = head.toString('hex', 0, 2);
  const nul = head.indexOf(0);
  const looksLikeUtf16 = mark === 'fffe' || mark === 'feff' || nul === 0 || nul === 1;
  if (looksLikeUtf16) throw unreadable(1, 'The manifest is UTF-16. Save it as UTF-8.', { column: 1 });
  if (nul === -1) return;
  const line = head.subarray(0, nul).toString('latin1').split('\n').length;
  throw unreadable(line, 'The manifest is not text: it has a NUL character. Was another file given by mistake?');
}

/**
 * The separator from Excel's line `sep=`; without that line, the separator that occurs most often in the header outside
 * quotes.
 */
function delimiterOf(text: string): string {
  const named = /^sep=([^\r\n])[\r\n]/i.exec(text)?.[1];
  if (named !== undefined) return named;
  const header = /^(?:[^"\r\n]|"[^"]*")*/.exec(text)?.[0].replaceAll(/"[^"]*"/g, '') ?? '';
  const times = (delimiter: string): number => header.split(delimiter).length - 1;
  return DELIMITERS.reduce<string>((best, next) => (times(next) > times(best) ? next : best), ',');
}
