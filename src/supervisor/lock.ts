/**
 * One living `up` a state directory. The lock is a file that names its holder by pid and start time; it is made by
 * link, so it is whole or not there. A holder that was killed leaves it, and the next one takes it away by rename,
 * which only one of several can do; who finds that it took away another's fresh lock puts it back.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { isSameProcess, type ProcessIdentity } from '../engine/process-info';
import { FerryError } from '../errors';
import { createFile } from './files';

const Holder = z.object({ pid: z.number(), startTime: z.string() });

export interface Lock {
  /** Lets go; harmless when the lock has become another's. */
  release(): void;
}

/** ALREADY_UP when a living process holds it. */
export function acquireLock(file: string, self: ProcessIdentity): Lock {
  const mine = JSON.stringify({ pid: self.pid, startTime: self.startTime });
  for (let round = 0; round < 100; round += 1) {
    if (createFile(file, mine)) return { release: () => releaseLock(file, mine) };
    const found = readText(file);
    if (found === null) continue;
    const holder = parseHolder(found);
    if (holder !== null && isSameProcess(holder)) {
      throw new FerryError('ALREADY_UP', `A ferry up (pid ${holder.pid}) runs on ${dirname(file)} already.`, {
        details: { pid: holder.pid },
      });
    }
    takeAway(file, found);
  }
  throw new FerryError('ALREADY_UP', `Other processes keep taking the lock ${file}.`);
}

/** The living process that holds the lock, or null. */
export function lockHolder(file: string): ProcessIdentity | null {
  const text = readText(file);
  const holder = text === null ? null : parseHolder(text);
  return holder !== null && isSameProcess(holder) ? holder : null;
}

function takeAway(file: string, stale: string): void {
  const aside = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    renameSync(file, aside);
    if (readText(aside) !== stale) linkSync(aside, file);
  } catch {
    // Somebody else was faster; the next round sees who.
  } finally {
    rmSync(aside, { force: true });
  }
}

function releaseLock(file: string, mine: string): void {
  if (readText(file) === mine) rmSync(file, { force: true });
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function parseHolder(text: string): ProcessIdentity | null {
  try {
    return Holder.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
