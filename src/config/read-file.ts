import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { parse } from 'smol-toml';
import { failureAnywhere, FerryError } from '../errors';
import { systemCode } from '../lib/system-code';
import { invalidConfig } from './issues';
import { configSchema, type RawConfig } from './schema';

/** Throws CONFIG_NOT_TRUSTED for a file or a content that is not trusted. */
export type CheckFile = (path: string, content: string) => void;

/**
 * Reads and checks a ferry.toml. CONFIG_INVALID tells the line and the key of every fault.
 *
 * @param check runs before the content is parsed
 * @returns null when there is no file at this path
 */
export function readConfigFile(path: string, check: CheckFile): RawConfig | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    const known = failureAnywhere(cause);
    if (known !== null) throw known;
    const code = systemCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    const message = `The configuration ${path} cannot be read (${code ?? 'unknown error'}).`;
    const remedy = 'Give the user that runs Ferry the right to read it, or name another with --config.';
    throw new FerryError('CONFIG_INVALID', message, { cause, details: { path }, remedy });
  }
  const toml = decode(bytes, path);
  check(path, toml);
  const value = parseToml(toml, path);
  const result = configSchema.safeParse(value);
  if (!result.success) throw invalidConfig(path, toml, value, result.error.issues);
  return result.data;
}

/** Editors on Windows, and PowerShell's `>`, write UTF-16. A zero byte is in every UTF-16 text of TOML, and in no TOML. */
function decode(bytes: Buffer, path: string): string {
  if (isUtf8(bytes) && !bytes.includes(0)) return bytes.toString('utf8');
  const encoding = bytes.includes(0) ? 'UTF-16, or is not text' : 'not UTF-8';
  const remedy = 'Save it as UTF-8.';
  throw new FerryError('CONFIG_INVALID', `The configuration ${path} is ${encoding}.`, { details: { path }, remedy });
}

function parseToml(toml: string, path: string): Record<string, unknown> {
  try {
    return parse(toml.replace(/^\uFEFF/, ''));
  } catch (error) {
    // The parser's message quotes lines of the file, which can hold a secret. The first line of the message quotes
    // nothing.
    const { line, column, message } = error as { line?: number; column?: number; message: string };
    const what = (message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
    const where = line === undefined ? '' : `, line ${line}, column ${column}`;
    const remedy = 'Correct the line that the message names.';
    throw new FerryError('CONFIG_INVALID', `${path}${where}: this is not TOML: ${what}.`, {
      details: { path, line },
      remedy,
    });
  }
}
