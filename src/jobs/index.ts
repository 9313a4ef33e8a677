/** The files of a job on its home host: what is to be sent, read and checked; the stored manifest; the journal. */
export { cutPages } from './cut-pages';
export { findJob, jobDirectory, jobIds } from './job-directory';
export { openJournals, type Journal, type Journals } from './journal';
export { readHeader } from './manifest-rows';
export { prepareJob } from './prepare';
export { reportLines, type ReportOptions } from './report';
export { storeManifest } from './store-manifest';
export * from './types';
