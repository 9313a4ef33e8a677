import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { CLEAR_NAMESPACE } from '../contract';
import { FerryError, isFerryError } from '../errors';
import { defined } from '../lib/defined';
import { openLog } from '../lib/open-log';
import { childEnv } from '../lib/child-env';
import { LOOPBACK } from '../lib/loopback';
import { endProcess, processStartTime } from '../lib/process-identity';
import { prepareServer } from './health';
import { markLog } from './log-mark';
import { freePort, isPortFree } from './ports';
import { temporalArguments } from './temporal-flags';

export interface StartTemporalOptions {
  /** The Temporal CLI that `findOrFetchTemporal` returned. */
  readonly binary: string;
  /** Database file, created when missing. Use `databaseFile` for its name: the file of an older server is unreadable. */
  readonly dbFile: string;
  /** 0: any free port. */
  readonly port: number;
  /** 0: any free port; null: without the web UI. */
  readonly uiPort: number | null;
  /** As in {@link TemporalFlags}. @default null */
  readonly codecUrl?: string | null;
  /** The output of the server is appended to this file. */
  readonly logFile: string;
  /** Time for the server to answer. @default 30000 */
  readonly startTimeoutMs?: number;
  /** Time for the server to end before it is killed. @default 10000 */
  readonly stopGraceMs?: number;
  /** Called as soon as the process exists, long before it answers, so that a cleanup knows the process. */
  readonly onSpawned?: (server: SpawnedTemporal) => void;
  /** One sentence about what an earlier version left. */
  readonly onNotice?: (sentence: string) => void;
  readonly signal?: AbortSignal;
}

export interface SpawnedTemporal {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** `http://127.0.0.1:PORT`, null without the web UI. */
  readonly uiUrl: string | null;
  readonly pid: number;
  /** See {@link ProcessIdentity}. */
  readonly startTime: string;
}

export interface RunningTemporal extends SpawnedTemporal {
  /** Resolves when the process has ended, with a phrase for people that says how. */
  readonly exited: Promise<string>;
  /** SIGTERM, then SIGKILL after the grace; resolves when the process is gone. */
  stop(): Promise<void>;
}

/**
 * Starts the embedded Temporal on a database file and waits until the server answers and has the namespace of Ferry
 * with its retention and search attributes. The server listens on loopback only. It runs in its own process group,
 * because a Ctrl-C in the terminal must not reach the server before the worker has drained.
 *
 * @throws {FerryError} PORT_BUSY, ENGINE_FAILED
 */
export async function startTemporal(options: StartTemporalOptions): Promise<RunningTemporal> {
  const port = options.port === 0 ? await freePort() : options.port;
  const uiPort = options.uiPort === 0 ? await freePort() : options.uiPort;
  for (const each of [port, uiPort]) {
    if (each !== null && !(await isPortFree(each))) {
      throw new FerryError('PORT_BUSY', `Port ${each} on this machine is in use; Temporal cannot listen there.`);
    }
  }
  options.signal?.throwIfAborted();
  const mark = markLog(options.logFile);
  const fail = (how: string, cause?: unknown): FerryError =>
    new FerryError('ENGINE_FAILED', `The Temporal server could not start: it ${how}. ${mark.words()}`, { cause });
  // The system would say the same of a missing working directory and of a missing program.
  const directory = dirname(options.dbFile);
  if (!existsSync(directory)) throw fail(`has no directory ${directory} for its database`);
  const child = spawnServer(options, port, uiPort);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be run: ${error.message}`));
    child.once('exit', (code, signal) => resolve(signal === null ? `ended with ${code}` : `was ended by ${signal}`));
  });
  const startTime = child.pid === undefined ? null : processStartTime(child.pid);
  if (child.pid === undefined || startTime === null) throw fail(await exited);
  const uiUrl = uiPort === null ? null : `http://${LOOPBACK}:${uiPort}`;
  const spawned: SpawnedTemporal = { address: `${LOOPBACK}:${port}`, uiUrl, pid: child.pid, startTime };
  const stop = (): Promise<void> => endProcess(spawned, options.stopGraceMs ?? 10_000);
  try {
    options.onSpawned?.(spawned);
    await untilReady(options, port, exited, fail);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...spawned, exited, stop };
}

function spawnServer(options: StartTemporalOptions, port: number, uiPort: number | null): ChildProcess {
  const log = openLog(options.logFile);
  const flags = { dbFile: basename(options.dbFile), port, uiPort, ...defined({ codecUrl: options.codecUrl }) };
  try {
    // The server puts the name of the file into a URL as it stands: in a path, "#", "?" and "%41" would mean another
    // file. So it runs in the directory and is given the base name, which has none of them.
    return spawn(resolve(options.binary), temporalArguments(flags), {
      cwd: dirname(options.dbFile),
      detached: true,
      stdio: ['ignore', log, log],
      // Without TEMPORAL_* (address, profile, TLS), which are meant for clients, and without any keys.
      env: childEnv(process.env),
    });
  } finally {
    closeSync(log);
  }
}

async function untilReady(
  options: StartTemporalOptions,
  port: number,
  exited: Promise<string>,
  fail: (how: string, cause?: unknown) => FerryError,
): Promise<void> {
  const stopLooking = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stopLooking.signal]) : stopLooking.signal;
  try {
    const { leftInClear } = await Promise.race([
      prepareServer(port, options.startTimeoutMs ?? 30_000, signal),
      exited.then((how) => {
        throw fail(how);
      }),
    ]);
    if (leftInClear > 0) options.onNotice?.(leftSentence(leftInClear));
  } catch (error) {
    options.signal?.throwIfAborted();
    throw isFerryError(error) ? error : fail('does not answer', error);
  } finally {
    stopLooking.abort();
  }
}

function leftSentence(count: number): string {
  const transfers = count === 1 ? '1 transfer' : `${count} transfers`;
  return (
    `An earlier version of Ferry left ${transfers} under way in the namespace ${CLEAR_NAMESPACE}. ` +
    'This version does not go on with them: look what they were in the web page of Temporal, and send the files again.'
  );
}
