/** The losses of a schedule since the last notice. */
import type { ScheduleStatus } from '../client/types';
import type { Notice } from '../contract';
import type { LostRuns, ScheduleFile, ToldOfSchedule } from '../jobs/types';

export interface Losses extends LostRuns {
  /**
   * True when the schedule has stopped since the last look: a person or a failure has paused it, or Temporal has lost
   * it.
   */
  readonly stopped: 'paused' | 'unknown' | null;
  readonly code: Notice['code'];
}

/**
 * @param before the losses that people were notified of; undefined when there was no notice yet
 * @param now null: Temporal does not know the schedule
 */
export function lossesSince(before: ToldOfSchedule | undefined, now: ScheduleStatus | null): Losses {
  const state = now?.state ?? 'unknown';
  const toldUntil = before?.failedAt ?? '';
  const failures = (now?.recentFailures ?? []).filter((at) => at > toldUntil);
  return {
    missed: newlyMissed(before, now),
    skipped: newSince(before?.skipped ?? 0, now?.skipped ?? 0),
    failed: failures.length,
    stopped: state === 'active' || state === before?.state ? null : state,
    code: failures.length === 0 ? null : (now?.lastRun?.error?.code ?? null),
  };
}

/** Smaller counts come from a restored database, or from another schedule of this name. */
function newSince(told: number, count: number): number {
  return count >= told ? count - told : 0;
}

/**
 * Server 1.32 looks for missed runs since the last action, whenever the schedule wakes. So it counts the same runs again at
 * each wake until a run begins or is skipped.
 */
function newlyMissed(before: ToldOfSchedule | undefined, now: ScheduleStatus | null): number {
  const more = newSince(before?.missed ?? 0, now?.missed ?? 0);
  const again = before?.countedAgain ?? 0;
  return again > 0 && more % again === 0 ? 0 : more;
}

function actionsOf(now: ScheduleStatus | null): number {
  return (now?.runs ?? 0) + (now?.skipped ?? 0);
}

/** Until an action follows, Temporal may count the reported runs again. */
function countedAgain(before: ToldOfSchedule | undefined, now: ScheduleStatus | null): number {
  const missed = newlyMissed(before, now);
  if (missed > 0) return missed;
  return before?.actions === actionsOf(now) ? before.countedAgain : 0;
}

export function toldOf(
  { createdAt, job }: ScheduleFile,
  before: ToldOfSchedule | undefined,
  now: ScheduleStatus | null,
): ToldOfSchedule {
  return {
    createdAt,
    account: job.account,
    missed: now?.missed ?? before?.missed ?? 0,
    skipped: now?.skipped ?? before?.skipped ?? 0,
    actions: actionsOf(now),
    countedAgain: countedAgain(before, now),
    failedAt: now?.recentFailures.at(-1) ?? before?.failedAt ?? null,
    state: now?.state ?? 'unknown',
  };
}

/** Null when there is nothing to report. */
export function noticeOf({ name, job }: ScheduleFile, losses: Losses): Notice | null {
  const { missed, skipped, failed, stopped, code } = losses;
  const count = missed + skipped + failed + (stopped === null ? 0 : 1);
  if (count === 0) return null;
  const sentences = [
    ...(missed > 0 ? [`${runs(missed)} missed: Temporal was away for longer than --catch-up.`] : []),
    ...(skipped > 0 ? [`${runs(skipped)} skipped: the previous run had not ended.`] : []),
    ...(failed > 0 ? [`${runs(failed)} failed.`] : []),
    ...(stopped === null ? [] : [STOPPED[stopped]]),
  ];
  const text = `${name}: ${sentences.join(' ')}`;
  return { account: job.account, reason: 'scheduleMissed', count, code, ids: [name], text };
}

const STOPPED = {
  paused: 'It is paused, so no run begins.',
  unknown: 'Temporal does not know the schedule any more, so no run begins.',
} as const;

function runs(count: number): string {
  return count === 1 ? '1 run' : `${count.toLocaleString('en-US')} runs`;
}
