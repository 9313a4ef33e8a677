import { LIMIT_KINDS, type LimitKind, type PerKind } from '../../contract';

/** Seconds over which the highest demand counts. A lower demand is reported only after it has lasted this long. */
const WINDOW = 15;

/**
 * The shorter window that applies while other workers may want the places. It doubles when another such report follows
 * within `CALM` seconds.
 */
const CONTENDED_WINDOW = 5;
const CALM = 120;

/** Seconds without any demand after which a worker needs no lease. */
export const IDLE_SECONDS = 30;

interface Past {
  /** The highest demand of each of the last seconds, oldest first. */
  readonly highest: number[];
  /** Seconds since places were last given back to others. */
  sinceForgotten: number;
  /** Seconds for which places must be idle before they are given back. */
  contendedWindow: number;
}

/** The demand of a worker. It is rounded up to powers of two and kept for a while, so that few reports are needed. */
export class Demand {
  private readonly past: PerKind<Past> = { requests: newPast(), transfers: newPast() };
  private idle = 0;
  reported: PerKind<number> = { requests: 0, transfers: 0 };

  /** Call it when a request wants to leave. */
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

  /** The demand to report; null when the last report is still accurate. */
  news(wanted: PerKind<number>, share: (kind: LimitKind) => number): PerKind<number> | null {
    const givesBack = LIMIT_KINDS.map((kind) => this.forgetWhileOthersMayWait(kind, wanted[kind], share(kind)));
    const now = { requests: this.highest('requests', wanted), transfers: this.highest('transfers', wanted) };
    const isNews = LIMIT_KINDS.some((kind) => isWorthAReport(this.reported[kind], now[kind], share(kind)));
    return isNews || givesBack.includes(true) ? now : null;
  }

  /**
   * Drops an earlier demand when places have been idle for a short time, so that other workers get them. Keeps it when
   * the share exceeds the reported demand, because then no other worker wants more.
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

/**
 * False when the report would not change the share. A worker that wants more than its share gets no more for an even
 * higher demand, and no less for a demand that still exceeds the share.
 */
function isWorthAReport(before: number, now: number, share: number): boolean {
  // Without a limit of places, a first demand still needs a share of the bytes per second.
  if (before === 0) return now > 0;
  if (before > share && now >= Math.max(share, 1)) return false;
  return now > before ? now > share : now * 2 < before || now === 0;
}

function newPast(): Past {
  return { highest: [], sinceForgotten: Infinity, contendedWindow: CONTENDED_WINDOW };
}

function roundedUp(amount: number): number {
  return amount === 0 ? 0 : 2 ** Math.ceil(Math.log2(amount));
}
