import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import { hasSystemCode } from '../lib/system-code';
import type { KeyRange, LastMessage, Row } from './entries';
import { loadLmdb } from './load-lmdb';

/**
 * One LMDB environment. Its marks: `born` is set before another process can see the store, `filled` when all receipts
 * are in it, `moved` when it is replaced; `born-at` (Unix milliseconds) is copied to the next generation.
 */
export interface Store {
  /** The directory that was opened. The store may have been renamed since. */
  readonly path: string;
  readonly env: RootDatabase;
  readonly marks: Database<number, string>;
  readonly rows: Database<Row, string>;
  /** By send key. The values mean nothing. */
  readonly index: Database<number, string>;
  /** The last known message of each dialog. */
  readonly dialogs: Database<LastMessage, string>;
}

export function rowsIn({ rows }: Pick<Store, 'rows'>, range: KeyRange): Row[] {
  return Array.from(rows.getRange(range), ({ value }) => value);
}

export const BORN = 'born';
export const BORN_AT = 'born-at';
export const MOVED = 'moved';
export const FILLED = 'filled';

/** Address space for the file, about 8 million messages. When the file outgrows it, LMDB makes a second map. */
const MAP_BYTES = 16 * 1024 ** 3;

/**
 * Opens the store in `directory`, or makes it.
 *
 * `overlappingSync: false`: a write resolves when it is on the disk. `eventTurnBatching` is off: with it, a failed
 * commit rejects a promise that the library does not handle, which would end the process. Waiting writes share a commit
 * anyway.
 *
 * @throws LMDB's errors, and an Error for a damaged file. LMDB must not open a damaged file, because it would end the
 *   process.
 */
export function openStore(directory: string): Store {
  checkFile(join(directory, 'data.mdb'));
  const options = {
    path: directory,
    noSubdir: false,
    overlappingSync: false,
    eventTurnBatching: false,
    mapSize: MAP_BYTES,
    maxDbs: 4,
    permissionsMode: 0o600,
  };
  const env = loadLmdb().open(options);
  return {
    path: directory,
    env,
    marks: env.openDB<number, string>('marks', { encoding: 'json' }),
    rows: env.openDB<Row, string>('rows', { encoding: 'json' }),
    index: env.openDB<number, string>('index', { encoding: 'json' }),
    dialogs: env.openDB<LastMessage, string>('dialogs', { encoding: 'json' }),
  };
}

/** The head of a store's two meta pages: see `MDB_meta` in LMDB's source. */
const MAGIC = { at: 24, value: 0xbeefc0de } as const;
const PAGE_SIZE_AT = 48;
const LAST_PAGE_AT = 144;
const TRANSACTION_AT = 152;
const HEAD_BYTES = 160;

/**
 * Unused pages at the end may be missing from the file, so only a file that lost half of its pages is surely cut off.
 */
const LEAST_SHARE = 0.5;

/** LMDB maps its file into memory: a foreign or cut file would end the process with SIGSEGV or SIGBUS. */
function checkFile(path: string): void {
  let size: number;
  try {
    ({ size } = statSync(path));
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return;
    throw error;
  }
  if (size === 0) return;
  const file = openSync(path, 'r');
  try {
    const first = headAt(file, 0);
    const pageSize = first.readUInt32LE(PAGE_SIZE_AT);
    const second = headAt(file, pageSize);
    const isNewer = second.readBigUInt64LE(TRANSACTION_AT) > first.readBigUInt64LE(TRANSACTION_AT);
    const pages = Number((isNewer ? second : first).readBigUInt64LE(LAST_PAGE_AT)) + 1;
    if (size < pages * pageSize * LEAST_SHARE) throw new Error(`${path} has lost its end`);
  } finally {
    closeSync(file);
  }
}

function headAt(file: number, position: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  const isWhole = readSync(file, head, 0, HEAD_BYTES, position) === HEAD_BYTES;
  if (isWhole && head.readUInt32LE(MAGIC.at) === MAGIC.value) return head;
  throw new Error('its file is damaged or is not a ledger');
}
