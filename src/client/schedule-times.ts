/** When a schedule runs, as Temporal keeps it. */
import type { temporal } from '@temporalio/proto';
import { FerryError, isFerryError } from '../errors';
import { refusedArgument } from './failures';
import type { ScheduleTimes } from './schedule-types';
import { msOf, spanOf } from './times';

type Spec = temporal.api.schedule.v1.IScheduleSpec;

/**
 * The server returns cron strings in another form, but keeps a comment. So a comment holds the original text. The memo
 * cannot hold it, because server 1.32 does not change the memo in an update.
 */
export function specOf({ everyMs, cron = '', timezone = 'UTC' }: ScheduleTimes): Spec {
  if (everyMs !== undefined) return { interval: [{ interval: spanOf(everyMs) }], timezoneName: timezone };
  return { cronString: [`${cron} # ${cron}`], timezoneName: timezone };
}

/** Empty for times that Ferry did not write. */
export function timesIn(spec: Spec | null | undefined): ScheduleTimes {
  const { interval, structuredCalendar, timezoneName } = spec ?? {};
  const everyMs = msOf(interval?.[0]?.interval);
  if (everyMs !== null) return { everyMs };
  const cron = structuredCalendar?.[0]?.comment ?? '';
  if (cron === '') return {};
  return timezoneName && timezoneName !== 'UTC' ? { cron, timezone: timezoneName } : { cron };
}

/**
 * Maps a schedule that the server refuses to USAGE. Ferry checks everything that a person gives except the times, so
 * the times are wrong.
 */
export function asTimesFailure(error: unknown): unknown {
  const said = isFerryError(error) ? refusedArgument(error) : null;
  if (said === null) return error;
  return new FerryError('USAGE', `These times cannot be used. Temporal says: ${said}.`, { cause: error });
}
