import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { SandboxError, messageOf } from './sandbox-error';
import type { SandboxOptions } from './types';

const OPTIONS = {
  port: { type: 'string' },
  state: { type: 'string' },
  'url-life': { type: 'string' },
  'property-delay': { type: 'string' },
  'max-bytes': { type: 'string' },
  types: { type: 'string' },
  swift: { type: 'string' },
  'swift-key-file': { type: 'string' },
  tls: { type: 'boolean' },
} as const;

/**
 * Reads the arguments of the sandbox's own process: `--port P --state DIR [--url-life S] [--property-delay S]
 * [--max-bytes N] [--types A,B] [--swift URL --swift-key-file FILE] [--tls]`. The key may also come from
 * `FERRY_SWIFT_KEY`, never from an argument.
 * @throws SandboxError
 */
export function readArguments(args: readonly string[], env: NodeJS.ProcessEnv): SandboxOptions {
  const { port = '8480', state, ...values } = parse(args);
  if (state === undefined || state === '') throw new SandboxError('Give the state directory with --state DIR.');
  const life = values['url-life'];
  const propertyDelay = values['property-delay'];
  const maxBytes = values['max-bytes'];
  const types = values.types?.split(',').map((type) => type.trim().toUpperCase());
  const swift = readSwift(values.swift, values['swift-key-file'], env);
  return {
    port: readNumber('--port', port, 0, 65_535),
    stateDir: state,
    ...(life !== undefined && { urlLifeSeconds: readSeconds('--url-life', life) }),
    ...(propertyDelay !== undefined && { propertyDelaySeconds: readSeconds('--property-delay', propertyDelay) }),
    ...(maxBytes !== undefined && { maxBytes: readNumber('--max-bytes', maxBytes, 1, Number.MAX_SAFE_INTEGER) }),
    ...(types !== undefined && { types: types.filter((type) => type !== '') }),
    ...(swift !== null && { swift }),
    ...(values.tls === true && { tls: true }),
  };
}

/** @throws SandboxError when a key is missing, or a key comes without a URL */
export function readSwift(
  url: string | undefined,
  keyFile: string | undefined,
  env: NodeJS.ProcessEnv,
): { url: string; key: string } | null {
  if (url === undefined) {
    if (keyFile !== undefined) throw new SandboxError('--swift-key-file goes with --swift URL.');
    return null;
  }
  const key = keyFile === undefined ? env['FERRY_SWIFT_KEY'] : readKeyFile(keyFile);
  if (!key) throw new SandboxError('--swift needs a key: give --swift-key-file FILE or set FERRY_SWIFT_KEY.');
  return { url, key };
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new SandboxError(`The key file of Swift cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }).values;
  } catch (error) {
    throw new SandboxError(messageOf(error), { cause: error });
  }
}

function readNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new SandboxError(`${name} takes a whole number from ${least} to ${most}, not "${text}".`);
}

function readSeconds(name: string, text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0 && value <= 31_536_000) return value;
  throw new SandboxError(`${name} takes seconds above 0, at most 31536000, not "${text}".`);
}
