/** The length of a burst: each piece has the bytes of this part of a second. */
const PIECE_SECONDS = 0.1;
const LEAST_PIECE_BYTES = 256;

/** While the rate is 0, it is read again after this time. */
const ASK_AGAIN_MS = 250;

/** Paces bytes by a rate that may change at any time. Waiting callers are served in the order of arrival. */
export class ByteBudget {
  /** Monotonic milliseconds at which all granted bytes have moved at the rate. */
  private promisedUntil = 0;

  private readonly rate: () => number;

  /** @param rate bytes a second; Infinity: no limit */
  constructor(rate: () => number) {
    this.rate = rate;
  }

  /** Resolves with the number of bytes, at most `wanted`, that may move now. */
  async take(wanted: number, signal: AbortSignal): Promise<number> {
    for (;;) {
      signal.throwIfAborted();
      const rate = this.rate();
      if (rate === Infinity) return wanted;
      if (rate > 0) {
        const bytes = Math.min(wanted, Math.max(LEAST_PIECE_BYTES, Math.floor(rate * PIECE_SECONDS)));
        await this.until(this.promise(bytes, rate), signal);
        return bytes;
      }
      await this.until(performance.now() + ASK_AGAIN_MS, signal);
    }
  }

  private promise(bytes: number, rate: number): number {
    const from = Math.max(this.promisedUntil, performance.now());
    this.promisedUntil = from + (bytes / rate) * 1000;
    return from;
  }

  private async until(at: number, signal: AbortSignal): Promise<void> {
    const ms = at - performance.now();
    if (ms <= 0) return;
    await new Promise<void>((resolve, reject) => {
      const aborted = (): void => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', aborted);
        resolve();
      }, ms);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }
}
