import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectFerry, isFerryError, locateTemporal, type FerryClient, type JobStatus } from '../../../src/client';
import { findOrFetchTemporal } from '../../../src/engine';
import type { JournalRow } from '../../../src/jobs/types';
import { testCacheDir } from '../../support/temporal';
import { openLog, type RunLog } from '../kit/journal';
import { createMachine, type Machine } from '../kit/machine';
import { perform } from '../kit/perform';
import { PutCounter } from '../kit/put-count';
import { sandboxView } from '../kit/sandbox-view';
import { buildStage, CLI, type Stage } from '../kit/stage';
import { embeddedPlace } from '../kit/temporal-place';
import type { Finding } from '../kit/truth';
import type { JobChaosOptions } from './options';
import { pausesOf, planOf } from './plan';
import { startJob } from './start-job';
import { judge } from './truth';

export interface JobChaosResult {
  readonly options: JobChaosOptions;
  readonly status: JobStatus;
  readonly kills: number;
  readonly pauses: number;
  readonly rows: number;
  readonly messages: number;
  readonly unreferenced: number;
  readonly tookMs: number;
  readonly findings: readonly Finding[];
}

/** Long pages come slowly while everything is busy. */
const PAGE_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 500;

/** One run from an empty directory to an empty directory. Ends everything that it has started, also when it fails. */
export async function runJob(options: JobChaosOptions, print: (line: string) => void): Promise<JobChaosResult> {
  if (!existsSync(CLI)) throw new Error('dist/ is missing: npm run build first');
  const plan = planOf(options);
  const { path: binary } = await findOrFetchTemporal({ cacheDir: testCacheDir });
  const place = await embeddedPlace();
  const stage = await buildStage(plan, place.env);
  const log = openLog([join(stage.logs, 'chaos.jsonl')], print);
  const machine = createMachine({ plan, stage, binary, place, log });
  let closing: Promise<string | null> | null = null;
  const close = (): Promise<string | null> => (closing ??= machine.close().then(() => stage.close(options.keep)));
  const onSignal = (): void => void close().finally(() => process.exit(130));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    await machine.parts.temporal.start();
    const { sandbox, 'worker-a': one, 'worker-a2': other } = machine.parts;
    await Promise.all([sandbox.start(), one.start(), other.start()]);
    return await liveThrough({ options, plan, stage, machine, log });
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    const kept = await close();
    if (kept !== null) print(`kept: ${kept}`);
  }
}

interface Run {
  readonly options: JobChaosOptions;
  readonly plan: ReturnType<typeof planOf>;
  readonly stage: Stage;
  readonly machine: Machine;
  readonly log: RunLog;
}

async function liveThrough({ options, plan, stage, machine, log }: Run): Promise<JobChaosResult> {
  const view = sandboxView(stage.sandboxPort, PAGE_WITHIN_MS);
  const { connection, namespace } = await locateTemporal({ env: stage.env('a'), cwd: stage.root });
  const ferry = await connectFerry({ connection, namespace, hostId: 'a' });
  try {
    const jobId = await startJob(stage, options);
    log.begin();
    log.add('started', { jobId });
    const began = performance.now();
    const puts = new PutCounter(view);
    const pausing = pauseAndResume(ferry, jobId, options, log);
    await Promise.all([perform({ plan, stage, machine, view, puts, log }), pausing]);
    log.add('calm');
    const status = await untilOver(ferry, jobId, performance.now() + options.settleSeconds * 1000);
    const tookMs = performance.now() - began;
    log.add('settled', { state: status.state });
    const rows = await readJournal(stage, jobId);
    const seen = { options, status, rows, plan, log };
    const { findings, messages, unreferenced } = await judge(seen, stage, view);
    const [kills, pauses] = [log.count('kill'), log.count('paused')];
    return { options, status, kills, pauses, rows: rows.length, messages, unreferenced, tookMs, findings };
  } finally {
    await ferry.close();
  }
}

async function pauseAndResume(ferry: FerryClient, jobId: string, options: JobChaosOptions, log: RunLog): Promise<void> {
  for (const { atMs, forMs } of pausesOf(options)) {
    await sleep(Math.max(0, atMs - log.now()));
    if (!(await command(() => ferry.jobs.pause(jobId)))) return;
    log.add('paused', { forMs });
    await sleep(forMs);
    await command(() => ferry.jobs.resume(jobId));
    log.add('resumed');
  }
}

/** Gives the command until Temporal takes it; false when the job has ended. */
async function command(give: () => Promise<unknown>): Promise<boolean> {
  for (;;) {
    try {
      await give();
      return true;
    } catch (error) {
      if (isFerryError(error) && error.code === 'JOB_CLOSED') return false;
      // Temporal has taken an earlier try of which the answer was lost.
      if (isFerryError(error) && error.code === 'COMMAND_IMPOSSIBLE') return true;
      await sleep(LOOK_EVERY_MS);
    }
  }
}

/** @throws Error when it cannot be told how the job stands at the end of the time */
async function untilOver(ferry: FerryClient, jobId: string, endsAt: number): Promise<JobStatus> {
  for (;;) {
    const status = await ferry.jobs.status(jobId).catch((error: unknown) => {
      if (performance.now() > endsAt) throw error;
      return null;
    });
    if (status !== null && (status.finishedAt !== null || performance.now() > endsAt)) return status;
    await sleep(LOOK_EVERY_MS);
  }
}

async function readJournal(stage: Stage, jobId: string): Promise<readonly JournalRow[]> {
  const state = join(stage.root, 'state', 'a');
  const path = readdirSync(state, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith(join('jobs', jobId, 'journal.jsonl')),
  );
  if (path === undefined) return [];
  const text = await readFile(join(state, path), 'utf8');
  return text
    .split('\n')
    .filter((row) => row !== '')
    .map((row) => JSON.parse(row) as JournalRow);
}
