/** The facts of the server about a transfer. Reading them needs no worker. */
import { temporal } from '@temporalio/proto';
import { SEARCH_ATTRIBUTES, STEPS, WORKFLOW, type ProgressDetails, type Step, type TransferState } from '../contract';
import { failureOf, type Failure } from './failure-words';
import { unknownTransfer } from './failures';
import { readMemo, type TransferMemo } from './memo';
import { decodePayload, type Temporal } from './temporal';
import { msOf } from './times';
import type { TransferKind } from './types';
import type { Missed } from './worker-reports';

export type Info = temporal.api.workflow.v1.IWorkflowExecutionInfo;
type Pending = temporal.api.workflow.v1.IPendingActivityInfo;
type Described = temporal.api.workflowservice.v1.IDescribeWorkflowExecutionResponse;

/** The status of the execution in Temporal. The workflow did not choose the ends `terminated` and `timed-out`. */
type ExecutionStatus = 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed-out';

export interface Snapshot {
  readonly transferId: string;
  readonly kind: TransferKind;
  readonly runId: string;
  readonly status: ExecutionStatus;
  readonly historyLength: number;
  readonly startedAtMs: number;
  readonly closedAtMs: number | null;
  readonly memo: TransferMemo;
  readonly account: string;
  readonly consumer: string;
  /** As the workflow last made it searchable. */
  readonly state: TransferState;
  readonly step: Step;
  readonly activity: PendingActivity | null;
  /** A workflow task that no worker has finished; null when there is none. */
  readonly task: { readonly scheduledAtMs: number; readonly started: boolean; readonly attempt: number } | null;
}

export interface PendingActivity {
  readonly step: Step | null;
  /** Its task queue; null from a server that does not say. */
  readonly queue: string | null;
  readonly started: boolean;
  readonly attempt: number;
  /** When the present attempt was, or will be, handed to the queue. */
  readonly scheduledAtMs: number | null;
  /** When the attempt before this one ended; null for the first. */
  readonly lastEndedAtMs: number | null;
  /** Why the attempt before this one ended. */
  readonly failure: Failure | null;
  /** The worker that had the attempt before this one, if nothing more was heard from it. */
  readonly missed: Missed | null;
  readonly progress: Partial<ProgressDetails>;
}

/** @throws {FerryError} TRANSFER_UNKNOWN, also for a workflow that is not a transfer (a consumer's, another tool's) */
export async function takeSnapshot(server: Temporal, transferId: string): Promise<Snapshot> {
  const described = await describe(server, transferId);
  const info = described.workflowExecutionInfo;
  if (info === null || info === undefined || !isTransfer(info)) throw unknownTransfer(transferId);
  return { ...snapshotOfInfo(server, info), ...pendingParts(server, described, transferId) };
}

function describe(server: Temporal, workflowId: string): Promise<Described> {
  return server.call(
    () => server.service.describeWorkflowExecution({ namespace: server.namespace, execution: { workflowId } }),
    { transferId: workflowId },
  );
}

/** A job as the server knows it. */
export interface JobSnapshot {
  /** `transferId` is the id of the job. */
  readonly snapshot: Snapshot;
  readonly memo: Readonly<Record<string, unknown>>;
  /** A job has an activity for each page that is under way. Empty for a row of a list. */
  readonly activities: readonly PendingActivity[];
}

/** @throws {FerryError} TRANSFER_UNKNOWN, also for a workflow that is not a job */
export async function takeJobSnapshot(server: Temporal, jobId: string): Promise<JobSnapshot> {
  const described = await describe(server, jobId);
  const info = described.workflowExecutionInfo;
  if (info?.type?.name !== WORKFLOW.job) throw unknownTransfer(jobId);
  const { snapshot, memo } = jobSnapshotOfInfo(server, info);
  return {
    snapshot: { ...snapshot, ...pendingParts(server, described, jobId) },
    memo,
    activities: (described.pendingActivities ?? []).map((pending) => activityOf(server, pending, jobId)),
  };
}

/** From a row of the list: without what is pending. */
export function jobSnapshotOfInfo(server: Pick<Temporal, 'read'>, info: Info): JobSnapshot {
  return { snapshot: snapshotOfInfo(server, info), memo: memoFields(server, info), activities: [] };
}

function memoFields({ read }: Pick<Temporal, 'read'>, { execution, memo }: Info): Readonly<Record<string, unknown>> {
  const workflowId = execution?.workflowId ?? '';
  return Object.fromEntries(
    Object.entries(memo?.fields ?? {}).map(([name, value]) => [name, read(value, { workflowId })]),
  );
}

/** From a row of the list: without what is pending. */
export function snapshotOfInfo(server: Pick<Temporal, 'read'>, info: Info): Snapshot {
  const workflowId = info.execution?.workflowId ?? '';
  const attributes = info.searchAttributes?.indexedFields ?? {};
  const keyword = (name: string): string => {
    const value = decodePayload(attributes[name]);
    const first: unknown = Array.isArray(value) ? value[0] : value;
    return typeof first === 'string' ? first : '';
  };
  return {
    transferId: workflowId,
    kind: info.type?.name === WORKFLOW.fetch ? 'fetch' : 'send',
    runId: info.execution?.runId ?? '',
    status: EXECUTION_STATUS[info.status ?? 0] ?? 'running',
    historyLength: info.historyLength?.toNumber() ?? 0,
    startedAtMs: msOf(info.startTime) ?? 0,
    closedAtMs: msOf(info.closeTime),
    memo: readMemo(memoFields(server, info)),
    account: keyword(SEARCH_ATTRIBUTES.account),
    consumer: keyword(SEARCH_ATTRIBUTES.consumer),
    state: stateOf(keyword(SEARCH_ATTRIBUTES.state)),
    step: stepOf(keyword(SEARCH_ATTRIBUTES.step)) ?? 'inspect',
    activity: null,
    task: null,
  };
}

const Status = temporal.api.enums.v1.WorkflowExecutionStatus;

/** A status that is missing here counts as running: a status of a newer server, or a run that continued as new. */
const EXECUTION_STATUS: Readonly<Record<number, ExecutionStatus>> = {
  [Status.WORKFLOW_EXECUTION_STATUS_COMPLETED]: 'completed',
  [Status.WORKFLOW_EXECUTION_STATUS_FAILED]: 'failed',
  [Status.WORKFLOW_EXECUTION_STATUS_CANCELED]: 'cancelled',
  [Status.WORKFLOW_EXECUTION_STATUS_TERMINATED]: 'terminated',
  [Status.WORKFLOW_EXECUTION_STATUS_TIMED_OUT]: 'timed-out',
};

function isTransfer(info: Info): boolean {
  const type = info.type?.name;
  return type === WORKFLOW.transfer || type === WORKFLOW.fetch;
}

function pendingParts(
  server: Temporal,
  { pendingActivities, pendingWorkflowTask }: Described,
  workflowId: string,
): Pick<Snapshot, 'activity' | 'task'> {
  // A transfer runs one activity at a time. Of several, the one with the most attempts is the most informative.
  const pending = [...(pendingActivities ?? [])].sort((a, b) => (b.attempt ?? 0) - (a.attempt ?? 0))[0];
  const task = pendingWorkflowTask ?? null;
  return {
    activity: pending === undefined ? null : activityOf(server, pending, workflowId),
    task:
      task === null
        ? null
        : {
            scheduledAtMs: msOf(task.originalScheduledTime ?? task.scheduledTime) ?? Date.now(),
            started: task.startedTime !== null && task.startedTime !== undefined,
            attempt: task.attempt ?? 1,
          },
  };
}

/** The attempt lies in its queue, or waits for its time. */
const SCHEDULED = temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED;

function activityOf({ read, readFailure }: Temporal, pending: Pending, workflowId: string): PendingActivity {
  const owner = { workflowId, activityId: pending.activityId ?? '' };
  const details = read(pending.heartbeatDetails?.payloads?.[0], owner);
  return {
    step: stepOf(kebab(pending.activityType?.name ?? '')),
    queue: pending.activityOptions?.taskQueue?.name ?? null,
    started: pending.state !== SCHEDULED,
    attempt: Math.max(1, pending.attempt ?? 1),
    scheduledAtMs: msOf(pending.nextAttemptScheduleTime) ?? msOf(pending.scheduledTime),
    lastEndedAtMs: msOf(pending.lastAttemptCompleteTime),
    failure: failureOf(readFailure(pending.lastFailure, owner)),
    missed: missedOf(pending),
    progress: typeof details === 'object' && details !== null ? details : {},
  };
}

/** The activities are named after the steps. */
function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** After a timeout the server does not name the end of the attempt, but the time when the next attempt was queued. */
function missedOf({ lastFailure, lastWorkerIdentity, scheduledTime }: Pending): Missed | null {
  const atMs = msOf(scheduledTime);
  const isMissed = lastFailure?.timeoutFailureInfo?.timeoutType === MISSED_HEARTBEAT;
  return isMissed && lastWorkerIdentity && atMs !== null ? { identity: lastWorkerIdentity, atMs } : null;
}

const MISSED_HEARTBEAT = temporal.api.enums.v1.TimeoutType.TIMEOUT_TYPE_HEARTBEAT;

function stepOf(text: string): Step | null {
  return STEPS.find((step) => step === text) ?? null;
}

const STATES: readonly TransferState[] = ['running', 'waiting', 'paused', 'parked', 'done', 'failed', 'cancelled'];

function stateOf(text: string): TransferState {
  return STATES.find((state) => state === text) ?? 'running';
}
