import { setMaxListeners } from 'node:events';
import type { FerryClient, TransferEvent, TransferOutcome } from '../../../client/types';
import type { CommandEnvironment } from '../command';
import { isTerminal } from '../io';
import { safe } from '../output/text';
import { createFollower } from './follower';
import { createLogReporter } from './log-reporter';
import { startMonitor } from './monitor';
import type { Counts, Reporter } from './reporter';
import { createTerminalReporter } from './terminal-reporter';
import type { FollowItem, Tracked } from './tracked';

export interface FollowingOptions {
  readonly environment: CommandEnvironment;
  readonly client: Pick<FerryClient, 'watch' | 'result' | 'hasWorker'>;
  /** How many there will be in all, also those not started yet. */
  readonly counts: () => Counts;
  /** Columns of the widest label. */
  readonly widest: number;
  /** How to follow later, e.g. `ferry watch acme-plan-7kq2`. */
  readonly later: () => string;
  /** Stop following at this moment (milliseconds since the epoch), as `--timeout` asks. */
  readonly untilMs?: number;
  readonly onEnd: (tracked: Tracked, outcome: TransferOutcome) => Promise<void> | void;
  readonly onEvent?: (tracked: Tracked, event: TransferEvent) => void;
}

type FollowingEnd = 'ended' | 'timeout' | 'interrupted';

export interface Following {
  readonly reporter: Reporter;
  /** Fires when following ends before its time: start nothing more. */
  readonly signal: AbortSignal;
  add(item: FollowItem): void;
  unfinished(): readonly Tracked[];
  /** Waits for all that was added, takes the screen away, and says why it stopped. */
  finish(): Promise<FollowingEnd>;
}

/** Follows transfers before people's eyes: screen or log, watches, obstacles, time limit and Ctrl-C together. */
export function openFollowing(options: FollowingOptions): Following {
  const { environment, client } = options;
  const { io, output } = environment;
  const timeout = new AbortController();
  const timer = abortAt(timeout, options.untilMs, io.now());
  const signal = AbortSignal.any([io.interrupted, timeout.signal]);
  // Every lane listens: Node would warn of a leak from the eleventh on.
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
        // The same for all files, as a step that is skipped, is said once.
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
  const stopMonitor = startMonitor({ client, reporter: shown, unfinished: () => follower.unfinished() });
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
  // A longer one than a timer can hold would fire at once.
  return setTimeout(() => timeout.abort(), Math.min(Math.max(0, untilMs - nowMs), 2 ** 31 - 1));
}
