/**
 * Appends lines to the monthly files of one directory. Each line holds the HMAC of the line before.
 *
 * Several processes may write to one directory: each commit takes a lock and first reads the end of the file. A commit
 * is one write of whole lines and one fsync. Lines that arrive during a commit share the next commit.
 */
import { constants } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { writeFailure } from '../errors';
import { syncDirectory } from '../lib/sync-directory';
import type { AnchorWriter } from './anchors';
import { placeIn } from './head';
import { chainedLine } from './line';
import type { AuditRing, Head } from './types';
import { createWriterLock } from './writer-lock';

export interface Chain {
  /**
   * Appends records to `MONTH.jsonl` in one durable commit: after a kill the file has all of them, or a part that was
   * not acknowledged. Resolves when they are on the disk.
   *
   * @param month `YYYY-MM`; it becomes a file name and must have been checked
   * @throws {FerryError} DISK_FULL, TARGET_NOT_WRITABLE
   */
  append(month: string, records: readonly object[]): Promise<void>;
  /** Waits for commits under way, and anchors the last heads. */
  close(): Promise<void>;
}

export interface ChainOptions {
  /** Made when missing, for its owner alone. Its base name stands in anchors. */
  readonly directory: string;
  /** The first key writes, all keys check. */
  readonly keys: AuditRing;
  readonly anchors: AnchorWriter;
  /** Path of the lock that a commit is made under; its directory is made when missing. */
  readonly lock: string;
}

interface Waiting {
  readonly records: readonly object[];
  readonly settle: (error: unknown) => void;
}

/** The end of a file after this process's last commit. */
interface Left {
  readonly head: Head;
  readonly size: number;
  readonly ino: number;
}

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;

export function openChain({ directory, keys, anchors, lock }: ChainOptions): Chain {
  const waiting = new Map<string, Waiting[]>();
  const known = new Map<string, Left>();
  const writer = createWriterLock(lock);
  let writing: Promise<void> | null = null;

  const writeAll = async (): Promise<void> => {
    while (waiting.size > 0) {
      const batches = [...waiting];
      waiting.clear();
      const outcomes: unknown[] = [];
      const work = async (): Promise<void> => {
        for (const [month, entries] of batches) outcomes.push(await errorOf(commit(month, entries)));
      };
      const failure = await errorOf(writer.run(work));
      for (const [index, [, entries]] of batches.entries()) {
        for (const { settle } of entries) settle(failure ?? outcomes[index]);
      }
    }
    writing = null;
  };

  const commit = async (month: string, entries: readonly Waiting[]): Promise<void> => {
    const path = join(directory, `${month}.jsonl`);
    const file = `${basename(directory)}/${month}.jsonl`;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const handle = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
    try {
      const records = entries.flatMap((entry) => entry.records);
      const left = await appendTo(handle, records, { path, file, keys, left: known.get(month) });
      known.set(month, left);
      anchors.note(file, left.head);
      if (left.isNew) await syncDirectory(directory);
    } catch (error) {
      known.delete(month);
      throw error;
    } finally {
      await handle.close();
    }
  };

  return {
    append: (month, records) =>
      new Promise((resolve, reject) => {
        const path = join(directory, `${month}.jsonl`);
        const settle = (error: unknown): void => (error === undefined ? resolve() : reject(writeFailure(error, path)));
        waiting.set(month, [...(waiting.get(month) ?? []), { records, settle }]);
        writing ??= writeAll();
      }),
    async close() {
      await writing;
      writer.close();
      await anchors.flush();
    },
  };
}

interface AppendPlace {
  readonly path: string;
  readonly file: string;
  readonly keys: AuditRing;
  readonly left: Left | undefined;
}

async function appendTo(
  handle: FileHandle,
  records: readonly object[],
  { path, file, keys, left }: AppendPlace,
): Promise<Left & { readonly isNew: boolean }> {
  const { size, ino } = await handle.stat();
  const isOurs = left !== undefined && left.size === size && left.ino === ino;
  const place = isOurs ? { ...left, lacksBreak: false } : await placeIn(handle, path, file, keys);
  if (place.size < size) await handle.truncate(place.size);
  let { head } = place;
  const lines: string[] = place.lacksBreak ? ['\n'] : [];
  for (const record of records) {
    const line = chainedLine(record, keys[0], head);
    lines.push(line.text, '\n');
    head = line.head;
  }
  const text = Buffer.from(lines.join(''));
  try {
    await handle.appendFile(text);
    await handle.sync();
  } catch (error) {
    // On a full disk only a part may have been written. An incomplete line must not stay.
    await handle.truncate(place.size).catch(() => undefined);
    throw error;
  }
  return { head, size: place.size + text.length, ino, isNew: size === 0 };
}

/** Undefined when it went well. */
function errorOf(work: Promise<void>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}
