import { currentBehalf, insertByPriority, USUAL_PRIORITY } from './on-behalf';

interface Waiter {
  readonly priority: number;
  readonly granted: () => void;
}

/** Lets a limited number of callers work at once. Of the others the more urgent go first, then who came first. */
export class Semaphore {
  #free: number;
  readonly #waiting: Waiter[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  /** Runs the work when a place is free. The signal ends the wait, with its reason; it does not end the work. */
  async use<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#take(signal);
    try {
      return await work();
    } finally {
      this.#release();
    }
  }

  async #take(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        priority: currentBehalf()?.priority ?? USUAL_PRIORITY,
        granted: () => {
          signal?.removeEventListener('abort', aborted);
          resolve();
        },
      };
      const aborted = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', aborted, { once: true });
      insertByPriority(this.#waiting, waiter);
    });
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next.granted();
  }
}
