/**
 * One living `up` a state directory. The lock is a file that names its holder by pid and start time; it is made by
 * link, so it is whole or not there. A holder that was killed leaves it, and the next one takes it away.
 *
 * Hazard: between the look at a dead holder's lock and its removal, others may have removed it and one of them may hold
 * a lock of its own there. So only one process at a time may take away the lock of one dead holder: the one that holds
 * a lock on doing so, which is named after what stands in the file and is taken by the same rules.
 */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { FerryError } from '../errors';
import { type ProcessIdentity, isSameProcess } from '../lib/process-identity';
import { createFile } from './files';

const Holder = z.object({ pid: z.number(), startTime: z.string() });

export interface Lock {
  /** Lets go; harmless when the lock has become another's. */
  release(): void;
}

const ROUNDS = 100;

/** Between two rounds in which another process is taking a dead holder's lock away: it needs a fraction of this. */
const ROUND_MS = 5;

/** ALREADY_UP when a living process holds it. */
export function acquireLock(file: string, self: ProcessIdentity): Lock {
  for (let round = 0; round < ROUNDS; round += 1) {
    const lock = tryLock(file, self);
    if (lock !== null) return lock;
    const found = readText(file);
    if (found === null) continue;
    const holder = livingHolder(found);
    if (holder !== null) {
      throw new FerryError('ALREADY_UP', `A ferry up (pid ${holder.pid}) runs on ${dirname(file)} already.`, {
        details: { pid: holder.pid },
      });
    }
    if (!takeAway(file, found, self)) blockFor(ROUND_MS);
  }
  throw new FerryError('ALREADY_UP', `Other processes keep taking the lock ${file}.`);
}

/** The living process that holds the lock, or null. */
export function lockHolder(file: string): ProcessIdentity | null {
  const text = readText(file);
  return text === null ? null : livingHolder(text);
}

/** null when there is a lock, whoever's. */
function tryLock(file: string, self: ProcessIdentity): Lock | null {
  const mine = JSON.stringify({ pid: self.pid, startTime: self.startTime });
  if (!createFile(file, mine)) return null;
  return {
    release: () => {
      if (readText(file) === mine) rmSync(file, { force: true });
    },
  };
}

/** Takes away the lock in which a dead holder's text stands. False when another process is just doing so. */
function takeAway(file: string, stale: string, self: ProcessIdentity): boolean {
  const claim = `${file}.${createHash('sha256').update(stale).digest('hex').slice(0, 8)}`;
  const claimed = tryLock(claim, self);
  if (claimed === null) {
    const text = readText(claim);
    // Whoever held the claim may have been killed with it in hand.
    return text === null || (livingHolder(text) === null && takeAway(claim, text, self));
  }
  try {
    // Nobody else takes away what stands here, and the dead write nothing: what is seen now is still there when it is removed.
    if (readText(file) === stale) rmSync(file, { force: true });
  } finally {
    claimed.release();
  }
  return true;
}

function livingHolder(text: string): ProcessIdentity | null {
  const holder = parseHolder(text);
  return holder !== null && isSameProcess(holder) ? holder : null;
}

/** Taking the lock is one step of a start, and nothing else runs in the process yet. */
function blockFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
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
