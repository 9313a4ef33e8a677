import type { Duplex } from 'node:stream';

/** Writes of one turn of the event loop, handed to the kernel as one. */
export interface Bundle {
  /** What is written from now on waits for the end of the turn, or for `end`. */
  begin(): void;
  /** Hands over what waits, at once. */
  end(): void;
}

/**
 * A system call for each small frame is what hundreds of requests at once cost most: those that are sent in one turn
 * leave together when it ends, before anything is read or any timer runs.
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
