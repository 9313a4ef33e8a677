import { findOrFetchTemporal } from '../engine';
import { toFerryError } from '../errors';
import { EMBEDDED_NAMESPACE } from '../contract';
import { defined } from '../lib/defined';
import { LOOPBACK } from '../lib/loopback';
import { systemCode } from '../lib/system-code';
import { type ProcessIdentity, signalProcess, thisProcess } from '../lib/process-identity';
import type { UpState, UpFacts } from './up-state';
import { choosePorts } from './choose-ports';
import { detacher } from './detached';
import { endLeftovers } from './leftovers';
import { acquireLock } from './lock';
import type { PartsContext } from './parts';
import { onEndSignals } from './signals';
import { embeddedHostId, makeStateDirectories, makeStateFiles, statePaths, type StatePaths } from './state-dir';
import type { UpHandle, UpOptions } from './types';
import { startParts } from './run-parts';
import { tellMissing } from './watch-state';

/** Rules of the sandbox's account; a new LivePerson account has the same. */
const SANDBOX_RULES = { types: ['JPG', 'JPEG', 'PNG', 'GIF'], maxBytes: 3 * 1024 * 1024 } as const;

/**
 * Runs Temporal on a database file, the sandbox and a worker on this machine, as child processes that are restarted when
 * they die. Resolves when all are ready. Creates ferry.toml, seal.key and host-id when they are missing, and keeps
 * `DIR/up.json` current. After an error no process is left.
 *
 * @throws {FerryError} ALREADY_UP, PORT_BUSY, ENGINE_UNAVAILABLE, ENGINE_FAILED or the code that a part reported;
 *   CANCELLED when the end was requested before everything was ready
 */
export async function runUp(options: UpOptions): Promise<UpHandle> {
  const starter = detacher(options.env ?? process.env);
  const onNotice = (sentence: string): void => {
    options.onNotice?.(sentence);
    starter?.tell({ type: 'notice', sentence });
  };
  const onProgress: UpOptions['onProgress'] = (progress) => {
    options.onProgress?.(progress);
    starter?.tell({ type: 'progress', progress });
  };
  try {
    const handle = await bringUp({ ...options, onProgress }, onNotice);
    starter?.tell({ type: 'ready' });
    return handle;
  } catch (error) {
    const { code, message } = toFerryError(error);
    starter?.tell({ type: 'error', error: { code, message } });
    throw error;
  } finally {
    starter?.hangUp();
  }
}

async function bringUp(options: UpOptions, onNotice: (sentence: string) => void): Promise<UpHandle> {
  const paths = statePaths(options.stateDir);
  makeStateDirectories(paths);
  const self = thisProcess();
  const lock = await acquireLock(paths.lock);
  const ending = new AbortController();
  let state: UpState | null = null;
  const stopListening = listen(options, ending, onNotice, () => killAll(state));
  const onEnded = (): void => {
    stopListening();
    try {
      lock.release();
    } catch (error) {
      // On a disk that became read-only. The lock of a process that has ended counts as free.
      onNotice(`The lock ${paths.lock} cannot be removed (${systemCode(error) ?? 'unknown'}).`);
    }
  };
  try {
    const text = 'An earlier ferry up on this state directory was killed. The processes that it left are ended first.';
    await endLeftovers(paths, () => onNotice(text));
    const context = await prepare(options, paths, self, onNotice);
    return await startParts({
      context,
      facts: factsOf(context),
      ending: ending.signal,
      onNotice,
      onEnded,
      findBinary: (signal) => findBinary(options, onNotice, signal),
      onState: (made) => (state = made),
    });
  } catch (error) {
    onEnded();
    throw error;
  }
}

async function prepare(
  options: UpOptions,
  paths: StatePaths,
  self: ProcessIdentity,
  onNotice: (sentence: string) => void,
): Promise<PartsContext> {
  const ports = await choosePorts(options.ports ?? {}, onNotice);
  tellMissing(paths, onNotice);
  makeStateFiles(paths, ports.sandbox, options.env ?? process.env);
  const hostId = (options.env ?? process.env)['FERRY_HOST_ID'] || embeddedHostId(paths);
  return { paths, ports, self, hostId, options };
}

function factsOf({ paths, ports, self, hostId, options }: PartsContext): UpFacts {
  const { types, maxBytes, tls } = options.sandboxSettings ?? {};
  const scheme = tls === true ? 'https' : 'http';
  return {
    temporalAddress: `${LOOPBACK}:${ports.temporal}`,
    namespace: EMBEDDED_NAMESPACE,
    uiUrl: `http://${LOOPBACK}:${ports.ui}`,
    sandboxUrl: options.sandbox === false ? null : `${scheme}://${LOOPBACK}:${ports.sandbox}`,
    stateDir: paths.root,
    up: self,
    files: { types: types ?? SANDBOX_RULES.types, maxBytes: maxBytes ?? SANDBOX_RULES.maxBytes },
    hostId,
  };
}

async function findBinary(
  options: UpOptions,
  onNotice: (sentence: string) => void,
  signal: AbortSignal,
): ReturnType<typeof findOrFetchTemporal> {
  const { cacheDir, onProgress, env } = options;
  return await findOrFetchTemporal({
    cacheDir,
    onNotice,
    signal,
    ...defined({ onProgress, env }),
  });
}

/** Listens to signals and to the caller's AbortSignal. Returns a function that stops listening. */
function listen(
  options: UpOptions,
  ending: AbortController,
  onNotice: (sentence: string) => void,
  killNow: () => void,
): () => void {
  const end = (): void => ending.abort();
  if (options.signal?.aborted === true) end();
  options.signal?.addEventListener('abort', end);
  const onFirst = (signal: string): void => {
    onNotice(
      `Ending worker, sandbox and Temporal (${signal}); once more kills them. Transfers go on with the next ferry up.`,
    );
    end();
  };
  const stopSignals = options.handleSignals === false ? null : onEndSignals(onFirst, killNow);
  return () => {
    options.signal?.removeEventListener('abort', end);
    stopSignals?.();
  };
}

/** After a second signal: the keepers notice the deaths, and the ending continues. */
function killAll(state: UpState | null): void {
  for (const identity of state?.processes() ?? []) signalProcess(identity, 'SIGKILL');
}
