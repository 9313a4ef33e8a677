import { statfsSync } from 'node:fs';
import type { FoundTemporal } from '../engine';
import { FerryError } from '../errors';
import { createUpState, type UpState, type UpFacts } from './up-state';
import { boundLogs } from './bound-logs';
import { keepRunning, type Keeper } from './keep-running';
import type { Part } from './part';
import { sandboxPart, temporalPart, workerPart, type PartsContext } from './parts';
import { pageGateway, type PageGateway } from './page-gateway';
import type { PartName } from './state-dir';
import type { UpHandle } from './types';
import { upInfo } from './up-file';
import { watchState } from './watch-state';

const LOG_ROUND_MS = 60_000;

/** The parts cannot start with less: each writes to its log, and the server to its database. */
const LEAST_ROOM_BYTES = 1024 * 1024;

export interface PartsOptions {
  readonly context: PartsContext;
  readonly facts: UpFacts;
  readonly findBinary: (signal: AbortSignal) => Promise<FoundTemporal>;
  /** Its abort ends all parts in order, at any time. */
  readonly ending: AbortSignal;
  readonly onNotice: (sentence: string) => void;
  /** Gets the state, so that a second signal can kill all processes. */
  readonly onState: (state: UpState) => void;
  /** Called once, when all parts have ended. */
  readonly onEnded: () => void;
}

/** Starts all parts, each as soon as it can start, and keeps them running until `ending` aborts. */
export async function startParts(options: PartsOptions): Promise<UpHandle> {
  const { context, ending, onNotice } = options;
  const { worker, sandbox } = context.options;
  const names = (['temporal', 'sandbox', 'worker'] as const).filter(
    (name) => !(name === 'worker' && worker === false) && !(name === 'sandbox' && sandbox === false),
  );
  const state = createUpState(options.facts, names, context.paths.upFile, onNotice);
  options.onState(state);
  const outcome = deferred<void>();
  // A caller that ignores the outcome must not be ended by an unhandled rejection.
  outcome.promise.catch(() => undefined);

  let lost: FerryError | null = null;
  const end = once(async () => {
    await endInOrder(keepers);
    clearInterval(logRounds);
    stopWatching();
    await page.close();
    state.remove();
    options.onEnded();
    if (lost === null) outcome.resolve();
    else outcome.reject(lost);
  });
  const onLost = (error: FerryError): void => {
    lost = error;
    onNotice(`${error.message} All parts are ended.`);
    void end();
  };
  let stopWatching = (): void => undefined;
  const keep = (part: Part): Keeper =>
    keepRunning({
      part,
      onNotice,
      onReady: (ready) => state.ready(part.name, ready),
      onLost,
      hasNoRoom: () => hasNoRoom(context.paths.root),
    });

  const page = pageGateway(context);
  const temporalSpawned = deferred<void>();
  const keepers = makeKeepers(names, options, state, keep, page, () => temporalSpawned.resolve());
  const logRounds = setInterval(() => boundLogs(context.paths.logDir), LOG_ROUND_MS);
  ending.addEventListener('abort', () => void end());
  try {
    ending.throwIfAborted();
    await page.open();
    // The worker needs up.json with the pid of the server. The server need not answer yet: the worker loads first.
    const startWorker = temporalSpawned.promise.then(() => keepers.worker?.start());
    await Promise.all([keepers.temporal?.start(), keepers.sandbox?.start(), startWorker]);
  } catch (error) {
    await end();
    throw ending.aborted ? new FerryError('CANCELLED', 'ferry up was ended before everything was ready.') : error;
  }
  stopWatching = watchState(context.paths, onLost);
  return { info: upInfo(state.current()), current: () => state.current(), ended: outcome.promise, stop: end };
}

function hasNoRoom(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize < LEAST_ROOM_BYTES;
  } catch {
    // The directory may have been removed.
    return false;
  }
}

type Keepers = Readonly<Partial<Record<PartName, Keeper>>>;

function makeKeepers(
  names: readonly PartName[],
  { context, findBinary }: PartsOptions,
  state: UpState,
  keep: (part: Part) => Keeper,
  page: PageGateway,
  onTemporalSpawned: () => void,
): Keepers {
  const temporal = temporalPart(context, findBinary, (server) => {
    state.spawned('temporal', server);
    page.moved(server.uiUrl);
    onTemporalSpawned();
  });
  const sandbox = sandboxPart(context, (process) => state.spawned('sandbox', process));
  const worker = workerPart(context, (process) => state.spawned('worker', process));
  const parts: Readonly<Record<PartName, Part>> = { temporal, sandbox, worker };
  return Object.fromEntries(names.map((name) => [name, keep(parts[name])]));
}

/** The worker ends first, because it needs Temporal and the sandbox to drain. */
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
