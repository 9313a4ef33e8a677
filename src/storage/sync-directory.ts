import { constants } from 'node:fs';
import { hasSystemCode } from '../lib/system-code';
import { OpenFile } from './open-file';

interface Syncing {
  readonly current: Promise<void>;
  next: Promise<void> | null;
}

const syncing = new Map<string, Syncing>();

/** Makes the names in a directory durable. Who asks while it is being done shares the next time with all others. */
export function syncDirectory(path: string): Promise<void> {
  const running = syncing.get(path);
  if (running === undefined) return begin(path);
  running.next ??= running.current.then(
    () => begin(path),
    () => begin(path),
  );
  return running.next;
}

function begin(path: string): Promise<void> {
  const running: Syncing = { current: sync(path), next: null };
  syncing.set(path, running);
  const forget = (): void => {
    if (running.next === null) syncing.delete(path);
  };
  running.current.then(forget, forget);
  return running.current;
}

async function sync(path: string): Promise<void> {
  const directory = OpenFile.open(path, constants.O_RDONLY);
  try {
    await directory.sync();
  } catch (error) {
    // Some network file systems cannot; the file itself is durable.
    if (!hasSystemCode(error, 'EINVAL', 'ENOTSUP', 'EBADF')) throw error;
  } finally {
    directory.close();
  }
}
