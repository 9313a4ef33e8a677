/** The time that a transfer has: it stands still while nobody works on it because a person must act. */
export class Deadline {
  readonly allowedMs: number;
  private spentMs = 0;
  /** Since when it runs, milliseconds since the epoch; null while it stands still. */
  private since: number | null;

  constructor(allowedMs: number, startedAtMs: number) {
    this.allowedMs = allowedMs;
    this.since = startedAtMs;
  }

  /** Negative once it has passed. */
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

  /** As much time again as at the start. */
  renew(): void {
    this.spentMs = 0;
    if (this.since !== null) this.since = Date.now();
  }
}
