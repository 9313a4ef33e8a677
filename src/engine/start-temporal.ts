import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { FerryError, isFerryError } from '../errors';
import { LOOPBACK } from '../lib/loopback';
import { endProcess, processStartTime } from '../lib/process-identity';
import { prepareServer } from './health';
import { markLog } from './log-mark';
import { freePort, isPortFree } from './ports';
import { temporalArguments } from './temporal-flags';

export interface StartTemporalOptions {
  /** The Temporal CLI, as `findOrFetchTemporal` gave it. */
  readonly binary: string;
  /** Database file; made when missing. Name it with `databaseFile`: an older server's file cannot be read. */
  readonly dbFile: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** 0 picks a free one; null: without the web UI. */
  readonly uiPort: number | null;
  /** What the server prints is appended here. */
  readonly logFile: string;
  /** How long the server may take until it answers. @default 30000 */
  readonly startTimeoutMs?: number;
  /** How long the server may take to end before it is killed. @default 10000 */
  readonly stopGraceMs?: number;
  /** Called as soon as the process exists, long before it answers: it must be known to whoever cleans up. */
  readonly onSpawned?: (server: SpawnedTemporal) => void;
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
  /** Resolves when the process has ended, whoever ended it; says how, for people. */
  readonly exited: Promise<string>;
  /** SIGTERM, then SIGKILL after the grace; resolves when the process is gone. */
  stop(): Promise<void>;
}

/**
 * Starts the embedded Temporal on a database file and waits until it answers and has Ferry's namespace with its
 * retention and search attributes. It listens on loopback only, and in a process group of its own: a Ctrl-C in the
 * terminal must not reach it before the worker has drained. PORT_BUSY, ENGINE_FAILED.
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
  const log = openSync(options.logFile, 'a', 0o600);
  try {
    return spawn(options.binary, temporalArguments({ dbFile: options.dbFile, port, uiPort }), {
      detached: true,
      stdio: ['ignore', log, log],
      // The CLI reads TEMPORAL_* (address, profile, TLS) that are meant for clients, not for this server.
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'))),
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
    await Promise.race([
      prepareServer(port, options.startTimeoutMs ?? 30_000, signal),
      exited.then((how) => {
        throw fail(how);
      }),
    ]);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw isFerryError(error) ? error : fail('does not answer', error);
  } finally {
    stopLooking.abort();
  }
}
