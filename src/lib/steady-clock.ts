/**
 * A clock that nobody sets and that all processes of a host share: it counts since the boot. The wall clock may be set
 * back or forward by hours, and the monotonic clock of a process ends with the process.
 */
import { pidWorld } from './process-identity';

/** Two times can be compared only within the same world, see {@link pidWorld}. */
export interface SteadyTime {
  readonly world: string;
  /** Milliseconds. */
  readonly ms: number;
}

export const steadyClock = {
  /** Null when the system does not name its boot. */
  now(): SteadyTime | null {
    const world = pidWorld();
    return world === null ? null : { world, ms: Number(process.hrtime.bigint() / 1_000_000n) };
  },
};

/** Milliseconds from now until a time; null when this process cannot tell. */
export function steadyMsUntil(time: SteadyTime | undefined): number | null {
  const now = steadyClock.now();
  return time === undefined || now?.world !== time.world ? null : time.ms - now.ms;
}

/** The time in `ms` milliseconds. */
export function steadyIn(ms: number): SteadyTime | undefined {
  const now = steadyClock.now();
  return now === null ? undefined : { ...now, ms: now.ms + ms };
}
