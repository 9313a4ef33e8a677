/** The status of a schedule, from Temporal's description. */
import { temporal } from '@temporalio/proto';
import { launcherPlaceIn, type LaunchResult } from '../contract';
import { isFerryError } from '../errors';
import { readCloseEvent } from './close-event';
import { failureOf } from './failure-words';
import { timesIn } from './schedule-times';
import type { ScheduleRun, ScheduleStatus } from './schedule-types';
import type { Temporal } from './temporal';
import { isoOf, msOf, type ProtoTime } from './times';

export type Described = temporal.api.workflowservice.v1.IDescribeScheduleResponse;
type Action = temporal.api.schedule.v1.IScheduleActionResult;

const NEXT_SHOWN = 5;

const { WorkflowExecutionStatus: Status } = temporal.api.enums.v1;
/** A run that a person cancelled has not failed. */
const FAILED = [
  Status.WORKFLOW_EXECUTION_STATUS_FAILED,
  Status.WORKFLOW_EXECUTION_STATUS_TERMINATED,
  Status.WORKFLOW_EXECUTION_STATUS_TIMED_OUT,
];

export async function statusOf(server: Temporal, name: string, described: Described): Promise<ScheduleStatus> {
  const { schedule, info } = described;
  const isPaused = schedule?.state?.paused === true;
  const note = schedule?.state?.notes ?? '';
  const last = info?.recentActions?.at(-1);
  const place = launcherPlaceIn(schedule?.action?.startWorkflow?.workflowId ?? '');
  const window = schedule?.policies?.catchupWindow;
  return {
    name,
    host: place?.host ?? '',
    ...timesIn(schedule?.spec),
    state: isPaused ? 'paused' : 'active',
    note: isPaused && note !== '' ? note : null,
    next: isPaused ? [] : (info?.futureActionTimes ?? []).slice(0, NEXT_SHOWN).map(momentOf),
    lastRun: last === undefined ? null : await runOf(server, last),
    recentFailures: (info?.recentActions ?? []).filter(hasFailed).map(({ actualTime }) => momentOf(actualTime)),
    runs: info?.actionCount?.toNumber() ?? 0,
    missed: info?.missedCatchupWindow?.toNumber() ?? 0,
    skipped: info?.overlapSkipped?.toNumber() ?? 0,
    catchUpMs: msOf(window) ?? 0,
    pauseOnFailure: schedule?.policies?.pauseOnFailure === true,
  };
}

function hasFailed({ startWorkflowStatus }: Action): boolean {
  return FAILED.some((status) => status === startWorkflowStatus);
}

async function runOf(server: Temporal, action: Action): Promise<ScheduleRun> {
  const { workflowId, runId } = action.startWorkflowResult ?? {};
  const times = { dueAt: momentOf(action.scheduleTime), startedAt: momentOf(action.actualTime) };
  if (!workflowId) return { ...times, state: 'unknown', result: null, error: null };
  try {
    const event = await readCloseEvent(server, workflowId, { runId: runId ?? undefined, wait: false });
    if (event === null) return { ...times, state: 'running', result: null, error: null };
    const owner = { workflowId };
    const completed = event.workflowExecutionCompletedEventAttributes;
    if (completed) {
      const result = server.read(completed.result?.payloads?.[0], owner) as LaunchResult | undefined;
      return { ...times, state: 'done', result: result ?? null, error: null };
    }
    const failure = event.workflowExecutionFailedEventAttributes?.failure;
    return { ...times, state: 'failed', result: null, error: failureOf(server.readFailure(failure, owner)) };
  } catch (error) {
    if (!isFerryError(error) || error.code !== 'TRANSFER_UNKNOWN') throw error;
    return { ...times, state: 'unknown', result: null, error: null };
  }
}

function momentOf(time: ProtoTime | null | undefined): string {
  return isoOf(msOf(time) ?? 0);
}
