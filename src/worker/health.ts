/** Health of a worker, for probes: is the process alive, and does it work? */
import { unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NativeConnection, Worker } from '@temporalio/worker';
import { toFerryError, writeFailure } from '../errors';
import type { Page } from '../lib/http-pages';
import type { LoopDelay } from '../lib/loop-delay';
import { groupRuns, SharedCalls } from '../lib/shared-call';
import { timeLimit } from '../lib/time-limit';
import type { HealthCheck, RunningWorker } from './types';

/** A process whose event loop stands still for longer is not alive. */
const LONGEST_LOOP_DELAY_MS = 5000;

/** A server that takes longer to answer counts as unreachable. */
const ANSWER_WITHIN_MS = 2000;

export interface HealthFacts {
  readonly workers: readonly Worker[];
  readonly connection: () => NativeConnection;
  readonly receiptsDir: string;
  /** Throws when the seal keys cannot be read. */
  readonly readSealKeys: () => unknown;
}

/** Checks everything that a worker needs for transfers. A failed check has a sentence as its reason. */
export function createHealthChecks(facts: HealthFacts): RunningWorker['checks'] {
  const { workers, connection, receiptsDir, readSealKeys } = facts;
  const calls = new SharedCalls<unknown>();
  return async () => [
    check('polling', pollingFault(workers)),
    check('temporal', await temporalFault(connection(), calls)),
    check('receipts', await receiptsFault(receiptsDir)),
    check('sealKey', sealKeyFault(readSealKeys)),
  ];
}

function check(name: HealthCheck['check'], reason: string | null): HealthCheck {
  return { check: name, ok: reason === null, reason };
}

function pollingFault(workers: readonly Worker[]): string | null {
  const running = workers.filter((worker) => worker.getState() === 'RUNNING').length;
  return running === workers.length ? null : `${running} of ${workers.length} task queues are polled.`;
}

/**
 * The native client tries a call again for up to 10 s, and neither `withDeadline` nor `withAbortSignal` ends that (SDK
 * 1.24, seen). So later probes wait for the call that is under way, instead of adding more calls to a server in
 * trouble.
 */
async function temporalFault(connection: NativeConnection, calls: SharedCalls<unknown>): Promise<string | null> {
  const ask = (): Promise<unknown> => connection.workflowService.getSystemInfo({});
  try {
    await calls.run('getSystemInfo', ask, timeLimit(ANSWER_WITHIN_MS));
    return null;
  } catch {
    return 'Temporal does not answer.';
  }
}

/** Writes a file and removes it: a directory may look writable on a full or read-only disk. */
async function receiptsFault(directory: string): Promise<string | null> {
  const path = join(directory, `.probe-${process.pid}`);
  try {
    await writeFile(path, '.', { mode: 0o600 });
    await unlink(path);
    return null;
  } catch (error) {
    return writeFailure(error, directory).message;
  }
}

function sealKeyFault(readSealKeys: () => unknown): string | null {
  try {
    readSealKeys();
    return null;
  } catch (error) {
    return toFerryError(error).message;
  }
}

/** `/livez`: 503 while the event loop has stood still for 5 s in the last seconds. */
export function livePage(loop: LoopDelay): Promise<Page> {
  const delayMs = Math.round(loop.worstMs());
  const live = delayMs < LONGEST_LOOP_DELAY_MS;
  return Promise.resolve(jsonPage(live, { live, eventLoopDelayMs: delayMs }));
}

/** `/readyz`: 503 unless every check holds. Probes at the same time share one round of checks. */
export function readyPage(current: () => Pick<RunningWorker, 'checks'> | null): () => Promise<Page> {
  let latest: Page = jsonPage(false, { ready: false, checks: [] });
  const round = groupRuns(async () => {
    const worker = current();
    const checks = worker === null ? [NOT_CONNECTED] : await worker.checks();
    const ready = checks.every(({ ok }) => ok);
    latest = jsonPage(ready, { ready, checks });
  });
  return async () => {
    await round();
    return latest;
  };
}

const NOT_CONNECTED: HealthCheck = { check: 'temporal', ok: false, reason: 'The worker is not connected yet.' };

function jsonPage(isWell: boolean, content: object): Page {
  return { status: isWell ? 200 : 503, type: 'application/json', body: `${JSON.stringify(content)}\n` };
}
