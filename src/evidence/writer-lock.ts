import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { removeDeadHolders, takeFileLock, type FileLock } from '../lib/file-lock';
import { holderFileIn, type HolderFile } from '../lib/lock-holder';

export interface WriterLock {
  /** Runs `work` while no other process of the host holds this lock. */
  run(work: () => Promise<void>): Promise<void>;
  close(): void;
}

/** Pause while another process commits, which takes a few milliseconds. */
const LOCKED_PAUSE_MS = 5;

/** The holder file is kept between the commits: a new file for each commit would slow the disk down. */
export function createWriterLock(path: string): WriterLock {
  let holder: HolderFile | null = null;

  const take = async (): Promise<FileLock> => {
    if (holder === null) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      removeDeadHolders(dirname(path));
      holder = await holderFileIn(dirname(path));
    }
    for (;;) {
      const taken = await takeFileLock(path);
      if (taken.lock !== null) return taken.lock;
      await delay(LOCKED_PAUSE_MS);
    }
  };
  const close = (): void => {
    holder?.release();
    holder = null;
  };
  return {
    async run(work) {
      // A failure may mean that the directory was removed: the next commit makes a new holder file.
      const lock = await take().catch((error: unknown) => {
        close();
        throw error;
      });
      try {
        await work();
      } finally {
        lock.release();
      }
    },
    close,
  };
}
