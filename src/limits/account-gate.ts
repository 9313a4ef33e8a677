import { currentBehalf, insertByPriority, USUAL_PRIORITY } from '../lib/on-behalf';
import type { Gate, Permit } from '../lib/gate';
import { ByteBudget } from './byte-budget';

/** After this time a waiting caller gets a notice that it waits. */
const TELL_AFTER_MS = 500;

/** An abandoned request keeps its place for this time, because the service may not have noticed the end yet. */
const GONE_AFTER_MS = 300;

/** The shortest pause of all requests after a 429. */
const LEAST_HOLD_MS = 1000;

/** The settings that the gate reads from its owner. */
export interface GateOwner {
  /** Requests that may be under way now; Infinity: no limit. */
  places(): number;
  /** Requests a second; Infinity: no limit. */
  requestsPerSecond(): number;
  bytesPerSecond(): number;
  /** Monotonic milliseconds before which nothing goes out. */
  heldUntil(): number;
  /** Called for each request, before it may have to wait. */
  wanted(): void;
  /** Called for the first 429 of a burst. */
  refused(inFlight: number, retryAfterMs: number): void;
}

interface Waiter {
  readonly priority: number;
  readonly admit: (permit: Permit) => void;
}

interface Place {
  readonly enteredAt: number;
  readonly taken: AbortController;
}

/**
 * The gate of one kind of requests of one account in one worker. A smaller priority number goes first; equal priorities
 * go in the order of arrival.
 */
export class AccountGate implements Gate {
  private readonly what: string;
  private readonly owner: GateOwner;
  private readonly places = new Set<Place>();
  private readonly waiters: Waiter[] = [];
  private readonly budget: ByteBudget;
  private timer: NodeJS.Timeout | undefined;
  /** Monotonic milliseconds at which the next request may leave by the rate. */
  private nextAt = 0;
  /** A 429 to a request that left before this time belongs to a known burst. */
  private burstUntil = 0;

  /** @param what the thing that callers wait for, for people */
  constructor(what: string, owner: GateOwner) {
    this.what = what;
    this.owner = owner;
    this.budget = new ByteBudget(() => owner.bytesPerSecond());
  }

  get inFlight(): number {
    return this.places.size;
  }

  get waiting(): number {
    return this.waiters.length;
  }

  async enter(signal?: AbortSignal): Promise<Permit> {
    signal?.throwIfAborted();
    this.owner.wanted();
    return this.waiters.length === 0 && this.pauseMs() <= 0 ? this.admit() : await this.wait(signal);
  }

  /** Admits the callers that may go. Call it whenever the answers of the owner change. */
  pump(): void {
    clearTimeout(this.timer);
    for (let next = this.waiters[0]; next !== undefined; next = this.waiters[0]) {
      const ms = this.pauseMs();
      if (ms > 0) {
        if (ms !== Infinity) this.timer = setTimeout(() => this.pump(), Math.ceil(ms)).unref();
        return;
      }
      this.waiters.shift();
      next.admit(this.admit());
    }
  }

  /** Aborts the requests beyond this number, the newest first. */
  takeBack(keep: number, reason: Error): void {
    for (const place of [...this.places].slice(keep)) place.taken.abort(reason);
  }

  /** 0: a request may leave now. Infinity: not before something changes. */
  private pauseMs(): number {
    const now = performance.now();
    const heldMs = this.owner.heldUntil() - now;
    if (heldMs > 0) return heldMs;
    if (this.places.size >= this.owner.places()) return Infinity;
    const rate = this.owner.requestsPerSecond();
    if (rate === Infinity) return 0;
    return rate > 0 ? Math.max(0, this.nextAt - now) : Infinity;
  }

  private async wait(signal: AbortSignal | undefined): Promise<Permit> {
    const behalf = currentBehalf();
    const priority = behalf?.priority ?? USUAL_PRIORITY;
    let isTold = false;
    const telling = setTimeout(() => {
      isTold = true;
      behalf?.waitFor(this.what);
    }, TELL_AFTER_MS).unref();
    let aborted = (): void => undefined;
    try {
      return await new Promise<Permit>((resolve, reject) => {
        const waiter: Waiter = { priority, admit: resolve };
        aborted = () => {
          const at = this.waiters.indexOf(waiter);
          if (at < 0) return;
          this.waiters.splice(at, 1);
          reject(signal?.reason as Error);
        };
        signal?.addEventListener('abort', aborted, { once: true });
        insertByPriority(this.waiters, waiter);
        this.pump();
      });
    } finally {
      clearTimeout(telling);
      signal?.removeEventListener('abort', aborted);
      if (isTold) behalf?.waitFor(null);
    }
  }

  private admit(): Permit {
    const now = performance.now();
    const rate = this.owner.requestsPerSecond();
    if (rate !== Infinity && rate > 0) this.nextAt = Math.max(this.nextAt, now) + 1000 / rate;
    const place: Place = { enteredAt: now, taken: new AbortController() };
    this.places.add(place);
    let isOver = false;
    const leave = (): void => {
      this.places.delete(place);
      this.pump();
    };
    return {
      signal: place.taken.signal,
      refused: (retryAfterMs = 0) => this.refused(place, Math.max(retryAfterMs, LEAST_HOLD_MS)),
      bytes: (wanted) => this.budget.take(wanted, place.taken.signal),
      release: (answered) => {
        if (isOver) return;
        isOver = true;
        if (answered) leave();
        else setTimeout(leave, GONE_AFTER_MS);
      },
    };
  }

  private refused({ enteredAt }: Place, retryAfterMs: number): void {
    if (enteredAt < this.burstUntil) return;
    this.burstUntil = performance.now() + retryAfterMs;
    this.owner.refused(this.places.size, retryAfterMs);
  }
}
