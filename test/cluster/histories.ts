import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type TimeoutKind = temporal.api.enums.v1.TimeoutType;
type Execution = temporal.api.common.v1.IWorkflowExecution;

const { TimeoutType, WorkflowTaskFailedCause } = temporal.api.enums.v1;

/** What went wrong in histories, of whatever kind of workflow. */
export interface HistoryFaults {
  readonly workflows: number;
  /** `WORKFLOW_ID: cause: message`. A task that lost a race against a new event is not one of them. */
  readonly failedTasks: readonly string[];
  readonly timeouts: readonly TimedOut[];
}

/** In place of the name of an activity. */
export const WORKFLOW_TASK = 'workflow task';

export interface TimedOut {
  readonly workflowId: string;
  /** The activity, or {@link WORKFLOW_TASK}. */
  readonly what: string;
  /** As Temporal names it. */
  readonly kind: string;
  /** When the task was put into its queue for the first time, in milliseconds since the epoch. */
  readonly scheduledAt: number;
  /** When a worker took it, and which one; null where the history does not tell. */
  readonly taken: { readonly at: number; readonly by: string } | null;
  /**
   * The latest time at which the task can have been lost: an activity whose heartbeat was missed was not heard of after it,
   * and a workflow task that no worker took was passed on then. Infinity where the history does not tell.
   */
  readonly lostBy: number;
}

/** Reads the histories of all workflows of the namespace, running ones too. */
export async function readFaults(client: Client): Promise<HistoryFaults> {
  const executions = await allExecutions(client);
  const failedTasks: string[] = [];
  const timeouts: TimedOut[] = [];
  for (const { workflowId, runId } of executions) {
    if (!workflowId || !runId) continue;
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    for (const event of events ?? []) {
      const failed = failedTask(event);
      if (failed !== null) failedTasks.push(`${workflowId}: ${failed}`);
      const late = timeout(event, events ?? []);
      if (late !== null) timeouts.push({ workflowId, ...late });
    }
  }
  return { workflows: executions.length, failedTasks, timeouts };
}

/** Asks the service itself: the client's own list opens payloads, and here they may be sealed. */
async function allExecutions({ workflowService, options }: Client): Promise<readonly Execution[]> {
  const found: Execution[] = [];
  let nextPageToken = new Uint8Array();
  do {
    const page = await workflowService.listWorkflowExecutions({ namespace: options.namespace, nextPageToken });
    found.push(...page.executions.map(({ execution }) => execution ?? {}));
    nextPageToken = new Uint8Array(page.nextPageToken);
  } while (nextPageToken.length > 0);
  return found;
}

function failedTask({ workflowTaskFailedEventAttributes: failed }: HistoryEvent): string | null {
  const cause = failed?.cause ?? null;
  if (cause === null) return null;
  if (cause === WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND) return null;
  return `${WorkflowTaskFailedCause[cause]}: ${failed?.failure?.message}`;
}

/** An activity that was given up, an attempt of one that another attempt follows, or a workflow task. */
function timeout(event: HistoryEvent, events: readonly HistoryEvent[]): Omit<TimedOut, 'workflowId'> | null {
  const { activityTaskStartedEventAttributes: started, activityTaskTimedOutEventAttributes: ended } = event;
  const task = event.workflowTaskTimedOutEventAttributes;
  const failure = ended?.failure ?? started?.lastFailure;
  const timeoutType = task?.timeoutType ?? failure?.timeoutFailureInfo?.timeoutType ?? null;
  if (timeoutType === null) return null;
  const scheduledId = Number((task ?? ended ?? started)?.scheduledEventId);
  const eventOf = (id: number) => events.find(({ eventId }) => Number(eventId) === id);
  const scheduled = eventOf(scheduledId);
  const taken = eventOf(Number(task?.startedEventId ?? 0));
  const by = taken?.workflowTaskStartedEventAttributes?.identity;
  return {
    what: scheduled?.activityTaskScheduledEventAttributes?.activityType?.name ?? WORKFLOW_TASK,
    kind: TimeoutType[timeoutType].replace('TIMEOUT_TYPE_', ''),
    scheduledAt: timeOf(scheduled),
    taken: by ? { at: timeOf(taken), by } : null,
    lostBy: lostBy(event, timeoutType, scheduled),
  };
}

function lostBy(event: HistoryEvent, type: TimeoutKind, scheduled: HistoryEvent | undefined): number {
  if (event.workflowTaskTimedOutEventAttributes) return timeOf(event);
  // The next attempt began when the former one was given up, or later.
  const nextBegan = event.activityTaskStartedEventAttributes ? timeOf(event) : Infinity;
  return type === TimeoutType.TIMEOUT_TYPE_HEARTBEAT ? nextBegan - heartbeatMsOf(scheduled) : Infinity;
}

function heartbeatMsOf(scheduled: HistoryEvent | undefined): number {
  return Number(scheduled?.activityTaskScheduledEventAttributes?.heartbeatTimeout?.seconds ?? 0) * 1000;
}

function timeOf(event: HistoryEvent | undefined): number {
  return Number(event?.eventTime?.seconds ?? 0) * 1000;
}
