import { setMaxListeners } from 'node:events';
import type { FerryClient, TransferEvent, TransferOutcome } from '../../../client/types';
import type { CommandEnvironment } from '../command';
import { isTerminal } from '../io';
import { safe } from '../output/text';
import { createFollower } from './follower';
import { createLogReporter } from './log-reporter';
import { startMonitor, TRANSFER_WORDS } from './monitor';
import type { Counts, Reporter } from './reporter';
import { createTerminalReporter } from './terminal-reporter';
import type { FollowItem, Tracked } from './tracked';

export interface FollowingOptions {
  readonly environment: CommandEnvironment;
  readonly client: Pick<FerryClient, 'watch' | 'result' | 'hasWorker'>;
  /** The number of all transfers, also of those that have not started. */
  readonly counts: () => Counts;
  /** Columns of the widest label. */
  readonly widest: number;
  /** How to follow later, e.g. `ferry watch acme-plan-7kq2`. */
  readonly later: () => string;
  /** The end of `--timeout`, in milliseconds since the epoch. */
  readonly untilMs?: number;
  readonly onEnd: (tracked: Tracked, outcome: TransferOutcome) => Promise<void> | void;
  readonly onEvent?: (tracked: Tracked, event: TransferEvent) => void;
}

type FollowingEnd = 'ended' | 'timeout' | 'interrupted';

export interface Following {
  readonly reporter: Reporter;
  /** Fires when following ends early: then start no more transfers. */
  readonly signal: AbortSignal;
  add(item: FollowItem): void;
  unfinished(): readonly Tracked[];
  /** Waits for all added transfers, erases the screen, and returns the reason for the end. */
  finish(): Promise<FollowingEnd>;
}

/** Follows transfers and shows them: screen or log, watches, obstacles, time limit and Ctrl-C. */
export function openFollowing(options: FollowingOptions): Following {
  const { environment, client } = options;
  const { io, output } = environment;
  const timeout = new AbortController();
  const timer = abortAt(timeout, options.untilMs, io.now());
  const signal = AbortSignal.any([io.interrupted, timeout.signal]);
  // Every lane listens. Node would warn about a leak at the eleventh listener.
  setMaxListeners(0, signal);
  const told = new Set<string>();
  let reporter: Reporter | null = null;
  const follower = createFollower({
    client,
    signal,
    now: () => io.now(),
    onEnd: options.onEnd,
    onEvent(tracked, event) {
      reporter?.event(tracked, event);
      for (const note of event.status.notes ?? []) {
        // A note that is the same for all files is shown once.
        if (!told.has(note)) reporter?.line(tracked.item.label, safe(note));
        told.add(note);
      }
      options.onEvent?.(tracked, event);
    },
  });
  const shown = isTerminal(io.stderr, io.env)
    ? createTerminalReporter(io, output, { ...options, unfinished: () => follower.unfinished() })
    : createLogReporter(io, output);
  reporter = shown;
  const stopMonitor = startMonitor({
    client,
    reporter: shown,
    hosts: () => follower.unfinished().map(({ item }) => item.host),
    words: TRANSFER_WORDS,
  });
  return {
    reporter: shown,
    signal,
    add(item) {
      for (const note of item.notes ?? []) told.add(note);
      follower.add(item);
    },
    unfinished: () => follower.unfinished(),
    async finish() {
      await follower.idle();
      clearTimeout(timer);
      stopMonitor();
      shown.close();
      if (io.interrupted.aborted) return 'interrupted';
      return timeout.signal.aborted && follower.unfinished().length > 0 ? 'timeout' : 'ended';
    },
  };
}

function abortAt(timeout: AbortController, untilMs: number | undefined, nowMs: number): NodeJS.Timeout | undefined {
  if (untilMs === undefined) return undefined;
  // A timer fires at once when its time is too long for it.
  return setTimeout(() => timeout.abort(), Math.min(Math.max(0, untilMs - nowMs), 2 ** 31 - 1));
}
