/** The files of a job on its home host: the lines to send, read and checked; the stored manifest; the journal. */
export { problemOfCaption } from './caption';
export { cutPages } from './cut-pages';
export { findLine } from './find-line';
export { findJob, jobDirectory, jobIds } from './job-directory';
export { openJournals, type Journal, type Journals } from './journal';
export { missingLines } from './missing-lines';
export { readHeader } from './manifest-rows';
export { clearSent, type Cleared } from './clear';
export { prepareJob } from './prepare';
export { prepareRun, type PreparedRun, type RunDeps } from './prepare-run';
export { reportLines, type ReportOptions } from './report';
export { readScheduleBook, scheduleNames, writeScheduleBook } from './schedule-book';
export { readSchedule, removeSchedule, replaceSchedule, storeSchedule } from './schedule-file';
export { storeManifest } from './store-manifest';
export * from './types';
