/** Schedules of Temporal that start launchers, through the raw service: it shows what was missed and skipped. */
import { randomUUID } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import {
  launcherIdOf,
  launcherPlaceIn,
  PRIORITY,
  scheduleIdOf,
  scheduleNameIn,
  SHARED_QUEUE,
  WORKFLOW,
  type LaunchResult,
} from '../contract';
import { FerryError, isFerryError } from '../errors';
import { defined } from '../lib/defined';
import { readCloseEvent } from './close-event';
import { failureOf } from './failure-words';
import { isAlreadyStarted } from './failures';
import type { NewSchedule, ScheduleRun, Schedules, ScheduleStatus, ScheduleTimes } from './schedule-types';
import type { Temporal } from './temporal';
import { isoOf, msOf, spanOf, type ProtoTime } from './times';

type Described = temporal.api.workflowservice.v1.IDescribeScheduleResponse;
type Patch = temporal.api.schedule.v1.ISchedulePatch;
type Action = temporal.api.schedule.v1.IScheduleActionResult;

const { ScheduleOverlapPolicy } = temporal.api.enums.v1;
const SKIP = ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_SKIP;

const NEXT_SHOWN = 5;

/** Memo of a schedule with its {@link ScheduleTimes}: the server gives cron strings back in another form. */
const TIMES_MEMO = 'times';

export function schedulesOver(server: Temporal): Schedules {
  const { namespace, service } = server;
  const at = (name: string) => ({ namespace, scheduleId: scheduleIdOf(name) });
  const of = async <T>(name: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await server.call(call);
    } catch (error) {
      if (!isFerryError(error) || error.code !== 'TRANSFER_UNKNOWN') throw error;
      throw new FerryError('SCHEDULE_UNKNOWN', `There is no schedule ${JSON.stringify(name)}.`, { cause: error });
    }
  };
  const patch = async (name: string, change: Patch): Promise<void> => {
    await of(name, () => service.patchSchedule({ ...at(name), requestId: randomUUID(), patch: change }));
  };
  const status = async (name: string): Promise<ScheduleStatus> =>
    statusOf(server, name, await of(name, () => service.describeSchedule(at(name))));

  return {
    add: (schedule) => add(server, schedule),
    async list() {
      const names = await namesOf(server);
      return Promise.all(names.map((name) => status(name)));
    },
    status,
    pause: (name, note) => patch(name, { pause: note === '' ? 'Paused by a person.' : note }),
    resume: (name) => patch(name, { unpause: 'Resumed.' }),
    trigger: (name) => patch(name, { triggerImmediately: { overlapPolicy: SKIP } }),
    remove: async (name) => {
      await of(name, () => service.deleteSchedule(at(name)));
    },
  };
}

async function add(server: Temporal, schedule: NewSchedule): Promise<void> {
  const { name, host, catchUpMs, pauseOnFailure, everyMs, cron, timezone } = schedule;
  const times: ScheduleTimes = defined({ everyMs, cron, timezone });
  const request = {
    namespace: server.namespace,
    scheduleId: scheduleIdOf(name),
    requestId: randomUUID(),
    schedule: {
      spec: specOf(schedule),
      action: {
        startWorkflow: {
          workflowId: launcherIdOf(name, host),
          workflowType: { name: WORKFLOW.launcher },
          taskQueue: { name: SHARED_QUEUE },
          priority: { priorityKey: PRIORITY.job },
        },
      },
      policies: { overlapPolicy: SKIP, catchupWindow: spanOf(catchUpMs), pauseOnFailure },
    },
    // In clear: it says when, not what.
    memo: { fields: { [TIMES_MEMO]: defaultPayloadConverter.toPayload(times) } },
  };
  try {
    await server.call(() => server.service.createSchedule(request));
  } catch (error) {
    if (isAlreadyStarted(error)) throw new FerryError('SCHEDULE_EXISTS', `There is a schedule ${name} already.`);
    const refusal = refusalOfTimes(error);
    throw refusal === null ? error : new FerryError('USAGE', refusal, { cause: error });
  }
}

function specOf({ everyMs, cron, timezone }: ScheduleTimes): temporal.api.schedule.v1.IScheduleSpec {
  const timezoneName = timezone ?? 'UTC';
  if (everyMs !== undefined) return { interval: [{ interval: spanOf(everyMs) }], timezoneName };
  return { cronString: [cron ?? ''], timezoneName };
}

/** The server names what it cannot read. */
function refusalOfTimes(error: unknown): string | null {
  const { message } = isFerryError(error) ? error : { message: '' };
  const found = /Invalid schedule spec: (.*?)\.?$/.exec(message)?.[1];
  return found === undefined ? null : `These times cannot be read: ${found}.`;
}

async function namesOf(server: Temporal): Promise<readonly string[]> {
  const { namespace, service } = server;
  const names: string[] = [];
  let nextPageToken: Uint8Array | null = null;
  do {
    const page: temporal.api.workflowservice.v1.IListSchedulesResponse = await server.call(() =>
      service.listSchedules({ namespace, maximumPageSize: 100, nextPageToken }),
    );
    names.push(...(page.schedules ?? []).flatMap(({ scheduleId }) => scheduleNameIn(scheduleId ?? '') ?? []));
    nextPageToken = page.nextPageToken ?? null;
  } while (nextPageToken !== null && nextPageToken.length > 0);
  return names.sort();
}

async function statusOf(server: Temporal, name: string, described: Described): Promise<ScheduleStatus> {
  const { schedule, info, memo } = described;
  const isPaused = schedule?.state?.paused === true;
  const note = schedule?.state?.notes ?? '';
  const last = info?.recentActions?.at(-1);
  const place = launcherPlaceIn(schedule?.action?.startWorkflow?.workflowId ?? '');
  const window = schedule?.policies?.catchupWindow;
  return {
    name,
    host: place?.host ?? '',
    ...timesIn(memo?.fields?.[TIMES_MEMO]),
    state: isPaused ? 'paused' : 'active',
    note: isPaused && note !== '' ? note : null,
    next: isPaused ? [] : (info?.futureActionTimes ?? []).slice(0, NEXT_SHOWN).map(momentOf),
    lastRun: last === undefined ? null : await runOf(server, last),
    runs: info?.actionCount?.toNumber() ?? 0,
    missed: info?.missedCatchupWindow?.toNumber() ?? 0,
    skipped: info?.overlapSkipped?.toNumber() ?? 0,
    catchUpMs: msOf(window) ?? 0,
  };
}

function timesIn(payload: Parameters<typeof defaultPayloadConverter.fromPayload>[0] | undefined): ScheduleTimes {
  if (payload === undefined) return {};
  const value: unknown = defaultPayloadConverter.fromPayload(payload);
  return typeof value === 'object' && value !== null ? value : {};
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
