import type { Duplex } from 'node:stream';

/** Combines all writes of one turn of the event loop into one system call. */
export interface Bundle {
  /** From now on writes wait for the end of the turn, or for `end`. */
  begin(): void;
  /** Sends the waiting writes at once. */
  end(): void;
}

/**
 * A system call for each small frame is the largest cost of hundreds of requests at the same time. So all frames of one
 * turn leave together when the turn ends, before a read or a timer.
 */
export function bundleWrites(wire: Duplex): Bundle {
  let isOpen = false;
  function end(): void {
    if (!isOpen) return;
    isOpen = false;
    wire.uncork();
  }
  return {
    begin() {
      if (isOpen) return;
      isOpen = true;
      wire.cork();
      process.nextTick(end);
    },
    end,
  };
}
