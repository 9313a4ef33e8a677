/** How often the event loop is tested. */
const TEST_EVERY_MS = 250;

/** The worst delay is remembered for one to two of these windows: a probe that comes after a stall still sees the stall. */
const WINDOW_MS = 5000;

export interface LoopDelay {
  /** The longest delay of the event loop in the last 5 to 10 seconds, in milliseconds. */
  worstMs(): number;
  stop(): void;
}

/** Measures how late timers run: a process whose event loop is blocked does no other work either. */
export function watchLoopDelay(): LoopDelay {
  let testedAt = performance.now();
  let windowSince = testedAt;
  let worst = 0;
  let worstBefore = 0;
  const delay = (): number => Math.max(0, performance.now() - testedAt - TEST_EVERY_MS);
  const timer = setInterval(() => {
    worst = Math.max(worst, delay());
    testedAt = performance.now();
    if (testedAt - windowSince < WINDOW_MS) return;
    windowSince = testedAt;
    worstBefore = worst;
    worst = 0;
  }, TEST_EVERY_MS).unref();
  return {
    worstMs: () => Math.max(delay(), worst, worstBefore),
    stop: () => clearInterval(timer),
  };
}
