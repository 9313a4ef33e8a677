import { Semaphore } from '../lib/semaphore';

/** For a file up to this size, waiting for storage takes longer than moving the bytes. */
const SMALL_BYTES = 65_536;

/** The number of small files that share one slot. */
const SMALL_IN_SLOT = 8;

/**
 * The files that a worker moves at the same time. More large files at once are not faster on one disk and one line, and
 * their links get older.
 */
export class ByteSlots {
  private readonly places: Semaphore;

  constructor(slots: number) {
    this.places = new Semaphore(slots * SMALL_IN_SLOT);
  }

  /**
   * Moves a file of this size when there is a slot for it. A file that a person waits for goes before the others. The
   * signal ends the wait, with its reason; it does not end the work.
   */
  use<T>(sizeBytes: number, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.places.use(work, signal, sizeBytes <= SMALL_BYTES ? 1 : SMALL_IN_SLOT);
  }
}
