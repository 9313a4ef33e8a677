import { steadyClock } from '../../../src/lib/steady-clock';

/**
 * Time that can be shifted, and a wall clock that can be set. The monotonic clock of the process, which the fence uses,
 * goes on.
 */
export function shiftableClock() {
  const real = Date;
  let aheadMs = 0;
  let steadyAheadMs = 0;
  const steadyNow = steadyClock.now.bind(steadyClock);
  steadyClock.now = () => {
    const now = steadyNow();
    return now === null ? null : { ...now, ms: now.ms + steadyAheadMs };
  };
  class ShiftedDate extends real {
    constructor(...given: [] | [number | string]) {
      if (given.length === 0) super(real.now() + aheadMs);
      else super(...given);
    }

    static override now(): number {
      return real.now() + aheadMs;
    }
  }
  globalThis.Date = ShiftedDate as DateConstructor;
  return {
    /** Time passes. */
    shift(byMs: number): void {
      aheadMs += byMs;
      steadyAheadMs += byMs;
    },
    /** Somebody sets the wall clock. */
    setWall(byMs: number): void {
      aheadMs += byMs;
    },
    restore(): void {
      steadyClock.now = steadyNow;
      globalThis.Date = real;
    },
  };
}
