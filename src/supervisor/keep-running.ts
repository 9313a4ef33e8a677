import { toFerryError, type FerryError } from '../errors';
import { pause } from '../lib/pause';
import { PART_TITLE, type Part, type RunningPart } from './part';

export interface KeepRunningOptions {
  readonly part: Part;
  /** Gets true when the part is ready, false when the part has died or is being stopped. */
  readonly onReady: (ready: boolean) => void;
  readonly onNotice: (sentence: string) => void;
  /** True while the disk is full. Failed starts do not count then, because a later start may succeed. @default false */
  readonly hasNoRoom?: () => boolean;
  /** Called once, when the part died and cannot be restarted. */
  readonly onLost: (error: FerryError) => void;
  readonly backoff?: Backoff;
}

export interface Backoff {
  /** Pause before the first restart; doubles with each further restart that follows soon. @default 100 */
  readonly firstMs: number;
  /** @default 5000 */
  readonly longestMs: number;
  /** After the part was ready for this long, the next restart has the first pause again. @default 30000 */
  readonly healthyAfterMs: number;
  /** After this many failed starts in a row all parts are ended. @default 5 */
  readonly failedStarts: number;
}

const DEFAULT_BACKOFF: Backoff = { firstMs: 100, longestMs: 5_000, healthyAfterMs: 30_000, failedStarts: 5 };

const NO_ROOM = 'The disk of the state directory is full. Make room; it is tried again until then.';

export interface Keeper {
  /** The first start. A failed first start is not repeated. */
  start(): Promise<void>;
  /** Ends the part and does not restart it. Safe at any time, also during a start. */
  stop(): Promise<void>;
}

/** Starts a part, and restarts it whenever it dies: first after a short pause, then after growing pauses. */
export function keepRunning(options: KeepRunningOptions): Keeper {
  const { part, onReady } = options;
  const stopping = new AbortController();
  let running: RunningPart | null = null;
  let starting: Promise<RunningPart> | null = null;
  let keeping: Promise<void> = Promise.resolve();

  const startOnce = async (): Promise<RunningPart> => {
    starting = part.start(stopping.signal);
    try {
      running = await starting;
    } finally {
      starting = null;
    }
    if (!stopping.signal.aborted) onReady(true);
    return running;
  };

  const start = async (): Promise<void> => {
    const first = await startOnce();
    keeping = keep(first, options, startOnce, stopping.signal);
  };

  const stop = async (): Promise<void> => {
    if (!stopping.signal.aborted) onReady(false);
    stopping.abort();
    await starting?.catch(() => undefined);
    await running?.stop();
    await keeping;
  };

  return { start, stop };
}

async function keep(
  first: RunningPart,
  options: KeepRunningOptions,
  startOnce: () => Promise<RunningPart>,
  stopping: AbortSignal,
): Promise<void> {
  const { part, onReady, onNotice, onLost, backoff = DEFAULT_BACKOFF, hasNoRoom = () => false } = options;
  let running: RunningPart | null = first;
  let readySince = performance.now();
  let deaths = 0;
  let failedStarts = 0;
  let startsWithoutRoom = 0;
  while (!stopping.aborted) {
    if (running !== null) {
      const how = await running.exited;
      if (stopping.aborted) return;
      onReady(false);
      running = null;
      onNotice(`${PART_TITLE[part.name]} ${how}; it is started again.`);
      deaths = performance.now() - readySince >= backoff.healthyAfterMs ? 1 : deaths + 1;
    }
    if (!(await backOff(backoff, deaths + failedStarts + startsWithoutRoom, stopping))) return;
    try {
      running = await startOnce();
      readySince = performance.now();
      failedStarts = 0;
      startsWithoutRoom = 0;
    } catch (error) {
      if (stopping.aborted) return;
      const ferryError = toFerryError(error);
      if (ferryError.code === 'DISK_FULL' || hasNoRoom()) {
        if (startsWithoutRoom === 0) onNotice(`${ferryError.message.replace(/\.?$/, '.')} ${NO_ROOM}`);
        startsWithoutRoom += 1;
        continue;
      }
      failedStarts += 1;
      if (failedStarts >= backoff.failedStarts) return onLost(ferryError);
      onNotice(`${ferryError.message} It is tried again.`);
    }
  }
}

/** False when the part is to stop. */
async function backOff(backoff: Backoff, count: number, stopping: AbortSignal): Promise<boolean> {
  const ms = Math.min(backoff.longestMs, backoff.firstMs * 2 ** Math.max(0, count - 1));
  await pause(ms, stopping);
  return !stopping.aborted;
}
