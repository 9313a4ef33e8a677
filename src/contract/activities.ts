/** All activities that the workflows call. */
import { CONSUMER_RESULTS, type ConsumerActivities } from './consumer';
import { JOB_RESULTS, type JobHostActivities, type JobIoActivities } from './job';
import { LEASE_RESULTS, type LeaseActivities } from './limits';
import { NOTICE_RESULTS, type NoticeActivities } from './notice';
import { SCHEDULE_RESULTS, type ScheduleIoActivities } from './schedule';
import type { Shapes } from './shapes';
import { STEP_RESULTS, type HostActivities, type IoActivities, type SharedActivities } from './steps';

export type Activities = SharedActivities &
  HostActivities &
  IoActivities &
  ConsumerActivities &
  LeaseActivities &
  JobHostActivities &
  JobIoActivities &
  ScheduleIoActivities &
  NoticeActivities;
export type ActivityName = keyof Activities;

export const RESULT_SHAPES: Shapes<Activities> = {
  ...STEP_RESULTS,
  ...CONSUMER_RESULTS,
  ...JOB_RESULTS,
  ...LEASE_RESULTS,
  ...NOTICE_RESULTS,
  ...SCHEDULE_RESULTS,
};
