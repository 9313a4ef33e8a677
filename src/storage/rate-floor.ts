/** Watches that bytes keep moving. Time in which Ferry itself does not read does not count. */
export interface RateFloor {
  /** Counts bytes that moved. */
  advance(bytes: number): void;
  /** While paused, no bytes are expected. */
  pause(): void;
  resume(): void;
  stop(): void;
}

const TICKS_PER_WINDOW = 10;

/** Calls `onStall` once, when fewer bytes than the floor moved in a whole window. Starts at once. */
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
    // The time in which this process was stopped does not count as a stall.
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
