import { currentBehalf, insertByPriority, USUAL_PRIORITY } from './on-behalf';

interface Waiting {
  readonly priority: number;
  readonly places: number;
  readonly grant: () => void;
}

/**
 * Lets callers work while there are places. A smaller priority number goes first; equal priorities go in the order of
 * arrival.
 */
export class Semaphore {
  #free: number;
  readonly #waiting: Waiting[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /**
   * Runs the work when enough places are free. The signal ends the wait, with its reason; it does not end the work.
   *
   * @param places that the work takes; at most as many as there are
   */
  async use<T>(work: () => Promise<T>, signal?: AbortSignal, places = 1): Promise<T> {
    await this.#take(places, signal);
    try {
      return await work();
    } finally {
      this.#free += places;
      this.#grant();
    }
  }

  async #take(places: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#waiting.length === 0 && this.#free >= places) {
      this.#free -= places;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const waiting = {
        priority: currentBehalf()?.priority ?? USUAL_PRIORITY,
        places,
        grant: () => {
          signal?.removeEventListener('abort', aborted);
          resolve();
        },
      };
      const aborted = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        // The one behind it may need fewer places.
        this.#grant();
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', aborted, { once: true });
      insertByPriority(this.#waiting, waiting);
    });
  }

  /** Nobody overtakes the first, or it might wait forever for enough places. */
  #grant(): void {
    for (let [next] = this.#waiting; next !== undefined && next.places <= this.#free; [next] = this.#waiting) {
      this.#waiting.shift();
      this.#free -= next.places;
      next.grant();
    }
  }
}
