/** Bytes per second over the last seconds. */
export interface RateMeter {
  add(nowMs: number, bytesDone: number): void;
  reset(): void;
  /** null until there are two readings. */
  bytesPerSecond(): number | null;
}

const WINDOW_MS = 8000;

export function createRateMeter(): RateMeter {
  let readings: { readonly at: number; readonly bytes: number }[] = [];
  return {
    add(nowMs, bytesDone) {
      const last = readings.at(-1);
      // Fewer bytes than before mean a new attempt. A rate over both attempts would be wrong.
      if (last !== undefined && bytesDone < last.bytes) readings = [];
      readings.push({ at: nowMs, bytes: bytesDone });
      while (readings.length > 2 && nowMs - (readings[0]?.at ?? nowMs) > WINDOW_MS) readings.shift();
    },
    reset() {
      readings = [];
    },
    bytesPerSecond() {
      const [first] = readings;
      const last = readings.at(-1);
      if (first === undefined || last === undefined || last.at <= first.at) return null;
      return ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
    },
  };
}
