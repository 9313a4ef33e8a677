import { LIMIT_KINDS, type LimitKind, type PerKind } from '../../contract';

/** Seconds over which the highest demand counts: less is reported only when it has stayed less. */
const WINDOW = 15;

/** The same, while other workers may want the places. It doubles when such a report follows another within `CALM`. */
const CONTENDED_WINDOW = 3;
const CALM = 120;

/** Seconds without any demand after which a worker needs no lease. */
export const IDLE_SECONDS = 30;

interface Past {
  /** The highest demand of each of the last seconds, oldest first. */
  readonly highest: number[];
  /** Seconds since an earlier demand was forgotten for the sake of others. */
  sinceForgotten: number;
  /** Seconds for which places must be idle until that happens. */
  contendedWindow: number;
}

/** What a worker wants, rounded up to powers of two and remembered for a while, so that it is reported seldom. */
export class Demand {
  private readonly past: PerKind<Past> = { requests: newPast(), transfers: newPast() };
  private idle = 0;
  reported: PerKind<number> = { requests: 0, transfers: 0 };

  /** Something is wanted now. */
  wake(): void {
    this.idle = 0;
  }

  /** Call it once a second with the highest demand since the last call. */
  note(wanted: PerKind<number>): void {
    for (const kind of LIMIT_KINDS) {
      const past = this.past[kind];
      past.highest.push(wanted[kind]);
      if (past.highest.length > WINDOW) past.highest.shift();
      past.sinceForgotten += 1;
    }
    this.idle = LIMIT_KINDS.some((kind) => wanted[kind] > 0) ? 0 : this.idle + 1;
  }

  get isIdle(): boolean {
    return this.idle >= IDLE_SECONDS;
  }

  /** What is worth a report; null: the last report is still good. */
  news(wanted: PerKind<number>, share: (kind: LimitKind) => number): PerKind<number> | null {
    const givesBack = LIMIT_KINDS.map((kind) => this.forgetWhileOthersMayWait(kind, wanted[kind], share(kind)));
    const now = { requests: this.highest('requests', wanted), transfers: this.highest('transfers', wanted) };
    const isNews = LIMIT_KINDS.some((kind) => {
      const before = this.reported[kind];
      // Where nothing bounds the places, a first demand still asks for a part of the bytes.
      if (before === 0) return now[kind] > 0;
      return now[kind] > before ? now[kind] > share(kind) : now[kind] * 2 < before || now[kind] === 0;
    });
    return isNews || givesBack.includes(true) ? now : null;
  }

  /**
   * Forgets an earlier demand once places have been idle for a short while, so that others get them. A share beyond the
   * reported demand says that no worker wants more: then nothing is forgotten.
   */
  private forgetWhileOthersMayWait(kind: LimitKind, wanted: number, share: number): boolean {
    const past = this.past[kind];
    const window = past.sinceForgotten < CALM ? Math.min(2 * past.contendedWindow, WINDOW) : CONTENDED_WINDOW;
    const latest = past.highest.slice(-window);
    if (share > this.reported[kind] || latest.length < window || roundedUp(Math.max(wanted, ...latest)) >= share)
      return false;
    past.highest.splice(0, past.highest.length - window);
    Object.assign(past, { sinceForgotten: 0, contendedWindow: window });
    return true;
  }

  private highest(kind: LimitKind, wanted: PerKind<number>): number {
    return roundedUp(Math.max(wanted[kind], ...this.past[kind].highest));
  }
}

function newPast(): Past {
  return { highest: [], sinceForgotten: Infinity, contendedWindow: CONTENDED_WINDOW };
}

function roundedUp(amount: number): number {
  return amount === 0 ? 0 : 2 ** Math.ceil(Math.log2(amount));
}
