import type { Catalogue } from './catalogue';
import type { DataFiles } from './data-files';
import type { Faults } from '../types';

export interface StorageContext {
  readonly account: string;
  readonly container: string;
  readonly keys: readonly string[];
  readonly catalogue: Catalogue;
  readonly files: DataFiles;
  readonly faults: Faults;
  /** A client that moves nothing for this long is given up, as Swift's `client_timeout` does. */
  readonly clientTimeoutMs: number;
  readonly log: (line: string) => void;
}

export interface Target {
  /** Decoded, whole. */
  readonly path: string;
  readonly account: string;
  readonly container: string;
  /** May hold slashes, `..` and anything else: plain characters to Swift. */
  readonly object: string;
}

/** @returns null when the escapes do not give UTF-8 */
export function decodePath(raw: string): string | null {
  const bytes = Buffer.from(
    raw.replaceAll(/%([\da-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

export function splitPath(path: string): Target {
  const [, account = '', container = '', object = ''] = /^\/v1\/([^/]*)(?:\/([^/]*)(?:\/(.*))?)?$/s.exec(path) ?? [];
  return { path, account, container, object };
}
