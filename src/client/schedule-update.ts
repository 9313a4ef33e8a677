import type { temporal } from '@temporalio/proto';
import { FerryError } from '../errors';
import { pause } from '../lib/pause';
import { asTimesFailure, specOf, timesIn } from './schedule-times';
import type { Described } from './schedule-status';
import type { ScheduleChanges, ScheduleTimes } from './schedule-types';
import { msOf, spanOf } from './times';

type Request = Pick<temporal.api.workflowservice.v1.IUpdateScheduleRequest, 'schedule' | 'conflictToken'>;

interface Place {
  readonly name: string;
  describe(): Promise<Described>;
  update(request: Request): Promise<void>;
}

/** The server accepts an update, but drops it silently when the schedule was changed since the token was read. */
const ROUNDS = 3;

/** A schedule shows an update after some milliseconds. */
const SHOWN_WITHIN_MS = 4000;
const LOOK_AGAIN_MS = 50;

/**
 * An update replaces the whole schedule. So the request repeats the unchanged parts of the description: the action, and
 * the state with its pause and note. Memo and search attributes stay because the request omits them.
 */
export async function updateSchedule(changes: ScheduleChanges, place: Place): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await place.describe();
    try {
      await place.update(requestOf(before, changes));
    } catch (error) {
      throw asTimesFailure(error);
    }
    if (await isShown(place, before, changes)) return;
  }
  throw new FerryError('INTERNAL', `Temporal did not take the change of the schedule ${place.name}.`);
}

function requestOf({ schedule, conflictToken }: Described, changes: ScheduleChanges): Request {
  const { times, catchUpMs, pauseOnFailure } = changes;
  const policies = { ...schedule?.policies };
  if (catchUpMs !== undefined) policies.catchupWindow = spanOf(catchUpMs);
  if (pauseOnFailure !== undefined) policies.pauseOnFailure = pauseOnFailure;
  return {
    schedule: { ...schedule, policies, ...(times === undefined ? {} : { spec: specOf(times) }) },
    ...(conflictToken ? { conflictToken } : {}),
  };
}

function tokenOf({ conflictToken }: Described): string {
  return Buffer.from(conflictToken ?? []).toString('hex');
}

/** False when another change came first, and the server dropped this one. */
async function isShown(place: Place, before: Described, changes: ScheduleChanges): Promise<boolean> {
  const end = performance.now() + SHOWN_WITHIN_MS;
  for (;;) {
    const now = await place.describe();
    if (has(now, changes)) return true;
    const isChanged = tokenOf(now) !== tokenOf(before);
    if (isChanged || performance.now() > end) return false;
    await pause(LOOK_AGAIN_MS);
  }
}

function has({ schedule }: Described, { times, catchUpMs, pauseOnFailure }: ScheduleChanges): boolean {
  const { policies, spec } = schedule ?? {};
  return (
    (times === undefined || isSame(timesIn(spec), times)) &&
    (catchUpMs === undefined || msOf(policies?.catchupWindow) === catchUpMs) &&
    (pauseOnFailure === undefined || (policies?.pauseOnFailure === true) === pauseOnFailure)
  );
}

function isSame(one: ScheduleTimes, other: ScheduleTimes): boolean {
  const zoneOf = ({ timezone = 'UTC' }: ScheduleTimes): string => timezone;
  return one.everyMs === other.everyMs && one.cron === other.cron && zoneOf(one) === zoneOf(other);
}
