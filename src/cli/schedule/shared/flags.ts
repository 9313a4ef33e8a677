import type { Command } from 'commander';
import type { Asked } from '../../../contract';
import type { AfterSending } from '../../../jobs/types';
import { addAskedFlags } from '../../shared/flags/transfer-flags';
import { durationFlag } from '../../shared/flags/values';
import { thenFlag } from './then';

/** The options that `add` and `update` accept before `--`. */
export interface ScheduleOptions extends Asked {
  /** In milliseconds, like the other times below. */
  readonly every?: number;
  readonly cron?: string;
  readonly timezone?: string;
  readonly settle?: number;
  readonly then?: AfterSending;
  readonly catchUp?: number;
  readonly pauseOnFailure?: boolean;
}

export function addScheduleFlags(command: Command): Command {
  return addAskedFlags(command)
    .option('--every <time>', 'interval between runs, such as 15m; counted from midnight UTC', durationFlag)
    .option(
      '--cron <times>',
      "run at these times: minute, hour, day of the month, month, weekday, such as '0 7 * * 1-5'",
    )
    .option('--timezone <zone>', 'time zone of --cron, such as Europe/Berlin (default: UTC)')
    .option('--settle <time>', 'send a file once it has not changed for this time (default: 10s)', durationFlag)
    .option('--then <what>', 'what to do with a sent file: leave, delete or move:DIR (default: leave)', thenFlag)
    .option('--catch-up <time>', 'start a run up to this late when Temporal was away (default: 24h)', durationFlag)
    .option('--pause-on-failure', 'pause the schedule when a run fails');
}
