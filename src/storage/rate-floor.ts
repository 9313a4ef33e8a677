/** Watches that bytes keep moving. Time in which we ourselves do not want bytes is not counted. */
export interface RateFloor {
  /** Counts bytes that moved. */
  advance(bytes: number): void;
  /** While paused nothing is expected to move. */
  pause(): void;
  resume(): void;
  stop(): void;
}

const TICKS_PER_WINDOW = 10;

/** Calls `onStall` once, when over a whole window fewer bytes moved than the floor asks for. Starts at once. */
export function watchRate(
  floor: { readonly bytesPerSecond: number; readonly windowMs: number },
  onStall: () => void,
): RateFloor {
  const tickMs = floor.windowMs / TICKS_PER_WINDOW;
  const leastBytes = (floor.bytesPerSecond * floor.windowMs) / 1000;
  let ticks: number[] = [];
  let moved = 0;
  let paused = false;
  let tickedAt = performance.now();

  const timer = setInterval(() => {
    const now = performance.now();
    // A process that was stopped and continued saw no time pass; what it missed is nobody's stall.
    if (now - tickedAt > 3 * tickMs) ticks = [];
    tickedAt = now;
    if (paused) return;
    ticks.push(moved);
    moved = 0;
    if (ticks.length > TICKS_PER_WINDOW) ticks.shift();
    const inWindow = ticks.reduce((sum, bytes) => sum + bytes, 0);
    if (ticks.length === TICKS_PER_WINDOW && inWindow < leastBytes) {
      clearInterval(timer);
      onStall();
    }
  }, tickMs);

  return {
    advance(bytes) {
      moved += bytes;
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
    },
    stop() {
      clearInterval(timer);
    },
  };
}
