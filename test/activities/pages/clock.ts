/** A wall clock that can be set forward; the monotonic one goes on. */
export function shiftableClock() {
  const real = Date;
  let aheadMs = 0;
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
    shift(byMs: number): void {
      aheadMs += byMs;
    },
    restore(): void {
      globalThis.Date = real;
    },
  };
}
