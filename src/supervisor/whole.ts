import type { FoundTemporal } from '../engine';
import { FerryError } from '../errors';
import { createBoard, type Board, type BoardFacts } from './board';
import { boundLogs } from './bound-logs';
import { keepRunning, type Keeper } from './keep-running';
import type { Part } from './part';
import { sandboxPart, temporalPart, workerPart, type PartsContext } from './parts';
import type { PartName } from './state-dir';
import type { UpHandle } from './types';
import { upInfo } from './up-file';

const LOG_ROUND_MS = 60_000;

export interface WholeOptions {
  readonly context: PartsContext;
  readonly facts: BoardFacts;
  readonly findBinary: (signal: AbortSignal) => Promise<FoundTemporal>;
  /** Ends the whole in order, at whatever moment it aborts. */
  readonly ending: AbortSignal;
  readonly onNotice: (sentence: string) => void;
  /** Told what runs, for a second signal that kills. */
  readonly onBoard: (board: Board) => void;
  /** Called once when nothing runs any more. */
  readonly onEnded: () => void;
}

/** Starts all parts at once, each as soon as it can, and keeps them running until it is told to end. */
export async function startWhole(options: WholeOptions): Promise<UpHandle> {
  const { context, ending, onNotice } = options;
  const { worker, sandbox } = context.options;
  const names = (['temporal', 'sandbox', 'worker'] as const).filter(
    (name) => !(name === 'worker' && worker === false) && !(name === 'sandbox' && sandbox === false),
  );
  const board = createBoard(options.facts, names, context.paths.upFile, onNotice);
  options.onBoard(board);
  const outcome = deferred<void>();
  // Whoever does not look at it must not be ended by it.
  outcome.promise.catch(() => undefined);

  let lost: FerryError | null = null;
  const end = once(async () => {
    await endInOrder(keepers);
    clearInterval(logRounds);
    board.remove();
    options.onEnded();
    if (lost === null) outcome.resolve();
    else outcome.reject(lost);
  });
  const keep = (part: Part): Keeper =>
    keepRunning({
      part,
      onNotice,
      onReady: (ready) => board.ready(part.name, ready),
      onLost: (error) => {
        lost = error;
        onNotice(`${error.message} Everything is ended.`);
        void end();
      },
    });

  const temporalSpawned = deferred<void>();
  const keepers = makeKeepers(names, options, board, keep, () => temporalSpawned.resolve());
  const logRounds = setInterval(() => boundLogs(context.paths.logDir), LOG_ROUND_MS);
  ending.addEventListener('abort', () => void end());
  try {
    ending.throwIfAborted();
    // The worker needs the server's pid and up.json, not a server that answers: it connects when it has loaded.
    const startWorker = temporalSpawned.promise.then(() => keepers.worker?.start());
    await Promise.all([keepers.temporal?.start(), keepers.sandbox?.start(), startWorker]);
  } catch (error) {
    await end();
    throw ending.aborted ? new FerryError('CANCELLED', 'ferry up was ended before everything was ready.') : error;
  }
  return { info: upInfo(board.current()), current: () => board.current(), ended: outcome.promise, stop: end };
}

type Keepers = Readonly<Partial<Record<PartName, Keeper>>>;

function makeKeepers(
  names: readonly PartName[],
  { context, findBinary }: WholeOptions,
  board: Board,
  keep: (part: Part) => Keeper,
  onTemporalSpawned: () => void,
): Keepers {
  const temporal = temporalPart(context, findBinary, (server) => {
    board.spawned('temporal', server);
    onTemporalSpawned();
  });
  const sandbox = sandboxPart(context, (process) => board.spawned('sandbox', process));
  const worker = workerPart(context, (process) => board.spawned('worker', process));
  const parts: Readonly<Record<PartName, Part>> = { temporal, sandbox, worker };
  return Object.fromEntries(names.map((name) => [name, keep(parts[name])]));
}

/** The worker drains while what it talks to is still there. */
async function endInOrder(keepers: Keepers): Promise<void> {
  await keepers.worker?.stop();
  await keepers.sandbox?.stop();
  await keepers.temporal?.stop();
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  return () => (running ??= run());
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

function deferred<T>(): Deferred<T> {
  let settle: Omit<Deferred<T>, 'promise'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle! };
}
