/** Schedules of Temporal that start launchers, through the raw service: it shows what was missed and skipped. */
import { randomUUID } from 'node:crypto';
import { temporal } from '@temporalio/proto';
import { launcherIdOf, PRIORITY, scheduleIdOf, scheduleNameIn, SHARED_QUEUE, WORKFLOW } from '../contract';
import { FerryError, isFerryError } from '../errors';
import { isAlreadyStarted } from './failures';
import { statusOf } from './schedule-status';
import { asTimesFailure, specOf } from './schedule-times';
import type { NewSchedule, Schedules, ScheduleStatus } from './schedule-types';
import { updateSchedule } from './schedule-update';
import type { Temporal } from './temporal';
import { spanOf } from './times';

type Patch = temporal.api.schedule.v1.ISchedulePatch;

const { ScheduleOverlapPolicy } = temporal.api.enums.v1;
const SKIP = ScheduleOverlapPolicy.SCHEDULE_OVERLAP_POLICY_SKIP;

export function schedulesOver(server: Temporal): Schedules {
  const { namespace } = server;
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
    await of(name, () => server.service.patchSchedule({ ...at(name), requestId: randomUUID(), patch: change }));
  };
  const describe = (name: string) => of(name, () => server.service.describeSchedule(at(name)));
  const status = async (name: string): Promise<ScheduleStatus> => statusOf(server, name, await describe(name));

  return {
    add: (schedule) => add(server, schedule),
    async list() {
      const names = await namesOf(server);
      return Promise.all(names.map((name) => status(name)));
    },
    status,
    update: (name, changes) =>
      updateSchedule(changes, {
        name,
        describe: () => describe(name),
        update: async (request) => {
          await of(name, () => server.service.updateSchedule({ ...at(name), requestId: randomUUID(), ...request }));
        },
      }),
    pause: (name, note) => patch(name, { pause: note === '' ? 'Paused by a person.' : note }),
    resume: (name) => patch(name, { unpause: 'Resumed.' }),
    trigger: (name) => patch(name, { triggerImmediately: { overlapPolicy: SKIP } }),
    remove: async (name) => {
      await of(name, () => server.service.deleteSchedule(at(name)));
    },
  };
}

async function add(server: Temporal, schedule: NewSchedule): Promise<void> {
  const { name, host, catchUpMs, pauseOnFailure } = schedule;
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
  };
  try {
    await server.call(() => server.service.createSchedule(request));
  } catch (error) {
    if (isAlreadyStarted(error)) throw new FerryError('SCHEDULE_EXISTS', `There is a schedule ${name} already.`);
    throw asTimesFailure(error);
  }
}

async function namesOf(server: Temporal): Promise<readonly string[]> {
  const { namespace } = server;
  const names: string[] = [];
  let nextPageToken: Uint8Array | null = null;
  do {
    const page: temporal.api.workflowservice.v1.IListSchedulesResponse = await server.call(() =>
      server.service.listSchedules({ namespace, maximumPageSize: 100, nextPageToken }),
    );
    names.push(...(page.schedules ?? []).flatMap(({ scheduleId }) => scheduleNameIn(scheduleId ?? '') ?? []));
    nextPageToken = page.nextPageToken ?? null;
  } while (nextPageToken !== null && nextPageToken.length > 0);
  return names.sort();
}
