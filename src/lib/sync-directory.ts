import { closeSync, constants, fsync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import { groupRuns } from './shared-call';
import { hasSystemCode } from './system-code';

const syncInPool = promisify(fsync);

interface Syncing {
  callers: number;
  readonly run: () => Promise<void>;
}

const syncing = new Map<string, Syncing>();

/** Makes the names in a directory durable. Callers at the same time share one fsync. */
export async function syncDirectory(path: string): Promise<void> {
  const mine = syncing.get(path) ?? { callers: 0, run: groupRuns(() => sync(path)) };
  syncing.set(path, mine);
  mine.callers += 1;
  try {
    await mine.run();
  } finally {
    mine.callers -= 1;
    if (mine.callers === 0) syncing.delete(path);
  }
}

async function sync(path: string): Promise<void> {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    await syncInPool(fd);
  } catch (error) {
    // Some network file systems cannot do this; the file itself is durable.
    if (!hasSystemCode(error, 'EINVAL', 'ENOTSUP', 'EBADF')) throw error;
  } finally {
    closeSync(fd);
  }
}
