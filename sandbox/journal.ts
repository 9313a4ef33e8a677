/**
 * The sandbox's memory: one JSON document a line, appended and flushed to disk before anything is acknowledged.
 *
 * Invariant: the file holds whole lines up to `length`. A crash can leave a torn piece behind that, never acknowledged;
 * it is cut off at the next start. Concurrent appends share one write and one flush.
 */
import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { syncDirectory } from './files';
import { SandboxError, messageOf } from './sandbox-error';
import { sharedRun } from './shared-run';
import type { Journal } from './types';

const NEWLINE = 0x0a;

export class JournalFile implements Journal {
  private readonly path: string;
  private readonly handle: FileHandle;
  private length = 0;
  private waiting: Buffer[] = [];
  private broken: Error | null = null;
  private readonly flush = sharedRun(() => this.writeWaiting());

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  /** Opens or makes the file and hands every entry in it to `visit`, in order, before anything can be appended. */
  static async open(path: string, visit: (entry: unknown) => void): Promise<JournalFile> {
    const handle = await open(path, 'a+', 0o600);
    try {
      const journal = new JournalFile(path, handle);
      journal.length = await readEntries(path, visit);
      await handle.truncate(journal.length);
      await handle.sync();
      await syncDirectory(dirname(path));
      return journal;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async append(entry: object): Promise<void> {
    if (this.broken !== null) throw this.broken;
    this.waiting.push(Buffer.from(`${JSON.stringify(entry)}\n`));
    await this.flush();
  }

  async close(): Promise<void> {
    if (this.broken === null) await this.flush();
    this.broken ??= new SandboxError(`The journal ${this.path} is closed.`);
    await this.handle.close();
  }

  private async writeWaiting(): Promise<void> {
    if (this.broken !== null) throw this.broken;
    const block = Buffer.concat(this.waiting);
    this.waiting = [];
    try {
      await this.handle.appendFile(block);
      await this.handle.datasync();
      this.length += block.length;
    } catch (error) {
      await this.undo(error);
      throw error;
    }
  }

  /** A piece of the failed write may be in the file; more lines behind it would make the file unreadable. */
  private async undo(error: unknown): Promise<void> {
    try {
      await this.handle.truncate(this.length);
    } catch {
      this.broken = new SandboxError(`The journal ${this.path} cannot be written any more: ${messageOf(error)}`);
    }
  }
}

/** @returns the length of the readable part in bytes */
async function readEntries(path: string, visit: (entry: unknown) => void): Promise<number> {
  let rest: Buffer[] = [];
  let good = 0;
  let offset = 0;
  let unreadableAt: number | null = null;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const line = Buffer.concat([...rest, chunk.subarray(from, end)]);
      rest = [];
      from = end + 1;
      const entry = parse(line);
      if (entry === undefined) {
        unreadableAt ??= good;
      } else if (unreadableAt !== null) {
        // The following entries were acknowledged; cutting them off would lose them silently.
        throw new SandboxError(`The journal ${path} is damaged at byte ${unreadableAt}; move it away to start again.`);
      } else {
        visit(entry);
        good = offset + from;
      }
    }
    rest.push(chunk.subarray(from));
    offset += chunk.length;
  }
  return good;
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
