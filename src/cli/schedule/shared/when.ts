import type { ScheduleTimes } from '../../../client';
import { defined } from '../../../lib/defined';
import { usageError } from '../../shared/output/output';
import type { ScheduleOptions } from './flags';

/** The shortest interval: each run looks at every file, and Temporal keeps a history of each run. */
const SHORTEST_EVERY_MS = 10_000;
const SHORTEST_CATCH_UP_MS = 10_000;
/** Far less than the longest look at a directory may take (`src/workflows/launcher.ts`). */
const LONGEST_SETTLE_MS = 12 * 3_600_000;

const FIELDS = 'minute, hour, day of the month, month, weekday';

export function timesOf({ every, cron, timezone }: ScheduleOptions): ScheduleTimes {
  if ((every === undefined) === (cron === undefined)) throw usageError('Say when: either --every 15m or --cron TIMES.');
  if (every !== undefined && timezone !== undefined) throw usageError('--timezone belongs to --cron.');
  if (every !== undefined && every < SHORTEST_EVERY_MS) throw usageError('--every must be at least 10s.');
  if (cron !== undefined) checkCron(cron.trim());
  return defined({ everyMs: every, cron: cron?.trim(), timezone });
}

function checkCron(cron: string): void {
  if (cron.startsWith('@')) throw usageError(`--cron takes five fields (${FIELDS}) and no names such as ${cron}.`);
  if (cron.split(/\s+/).length !== 5) throw usageError(`--cron needs five fields: ${FIELDS}.`);
  // Temporal would read the rest as a comment, and run at unintended times.
  if (cron.includes('#')) throw usageError('--cron cannot have "#": a weekday is a number from 0 to 7.');
}

export function checkSpans({ catchUp, settle }: ScheduleOptions): void {
  if (catchUp !== undefined && catchUp < SHORTEST_CATCH_UP_MS) throw usageError('--catch-up must be at least 10s.');
  if (settle !== undefined && settle > LONGEST_SETTLE_MS) throw usageError('--settle must be at most 12h.');
}
