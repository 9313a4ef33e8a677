import { LIMIT_KINDS, type LimitKind, type PerKind } from '../../contract';

/** Seconds over which the highest demand counts: less is reported only when it has stayed less. */
const WINDOW = 15;

/** Seconds without any demand after which a worker needs no lease. */
export const IDLE_SECONDS = 30;

/** What a worker wants, rounded up to powers of two and remembered for a while, so that it is reported seldom. */
export class Demand {
  private readonly seconds: PerKind<number>[] = [];
  private idle = 0;
  reported: PerKind<number> = { requests: 0, transfers: 0 };

  /** Something is wanted now. */
  wake(): void {
    this.idle = 0;
  }

  /** Call it once a second with the highest demand since the last call. */
  note(wanted: PerKind<number>): void {
    this.seconds.push(wanted);
    if (this.seconds.length > WINDOW) this.seconds.shift();
    this.idle = LIMIT_KINDS.some((kind) => wanted[kind] > 0) ? 0 : this.idle + 1;
  }

  get isIdle(): boolean {
    return this.idle >= IDLE_SECONDS;
  }

  /** What is worth a report; null: the last report is still good. */
  news(wanted: PerKind<number>, share: (kind: LimitKind) => number): PerKind<number> | null {
    const now = { requests: this.highest('requests', wanted), transfers: this.highest('transfers', wanted) };
    const isNews = LIMIT_KINDS.some((kind) => {
      const before = this.reported[kind];
      // Where nothing bounds the places, a first demand still asks for a part of the bytes.
      if (before === 0) return now[kind] > 0;
      return now[kind] > before ? now[kind] > share(kind) : now[kind] * 2 < before || (now[kind] === 0 && before > 0);
    });
    return isNews ? now : null;
  }

  private highest(kind: LimitKind, wanted: PerKind<number>): number {
    const most = Math.max(wanted[kind], ...this.seconds.map((before) => before[kind]));
    return most === 0 ? 0 : 2 ** Math.ceil(Math.log2(most));
  }
}
