/** The deadline of a transfer. Its clock stops while the transfer waits for a person. */
export class Deadline {
  readonly allowedMs: number;
  private spentMs = 0;
  /** The last start of the clock, milliseconds since the epoch; null while it is stopped. */
  private since: number | null;

  constructor(allowedMs: number, startedAtMs: number) {
    this.allowedMs = allowedMs;
    this.since = startedAtMs;
  }

  /** Negative once the deadline has passed. */
  leftMs(): number {
    return this.allowedMs - this.spentMs - (this.since === null ? 0 : Date.now() - this.since);
  }

  stop(): void {
    if (this.since !== null) this.spentMs += Date.now() - this.since;
    this.since = null;
  }

  go(): void {
    this.since ??= Date.now();
  }

  /** Resets the time to the full length. */
  renew(): void {
    this.spentMs = 0;
    if (this.since !== null) this.since = Date.now();
  }
}
