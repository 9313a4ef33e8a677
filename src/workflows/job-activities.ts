import type { ActivityOptions } from '@temporalio/common';
import {
  hostQueue,
  ioQueue,
  PRIORITY,
  type ClerkInput,
  type DeliverPageInput,
  type FetchPageInput,
  type JobPage,
  type PublishPageInput,
} from '../contract';
import { HEARTBEAT_TIMEOUT_MS, run } from './activities';

/** The longest attempt of the clerk: it may have to read the journal of a large job. */
const CLERK_ATTEMPT_MS = 120_000;

/** The longest attempt of a page's step. The next attempt continues from the lines that are done. */
const PAGE_ATTEMPT_MS = 3_600_000;

/** With several hosts for pages, a step that its host has not picked up within this time moves to another host. */
const PAGE_PICKUP_MS = 60_000;

/** Retries have no time limit here, because the job watches its deadline itself and aborts running steps. */
function optionsOf(pass: number, attemptMs: number): ActivityOptions {
  return {
    heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
    startToCloseTimeout: attemptMs,
    priority: { priorityKey: pass > 1 ? PRIORITY.again : PRIORITY.job },
  };
}

type PageHead = Omit<JobPage, 'lines'>;

/** The text that Temporal's UI shows for a step of a page. */
function summaryOf(verb: string, { pass, page }: PageHead, lines: number): string {
  const of = pass > 1 ? ` of pass ${pass}` : '';
  return `${verb} page ${page + 1}${of}: ${lines} ${lines === 1 ? 'file' : 'files'}`;
}

function pageOptions(verb: string, page: PageHead, lines: number, isAlone: boolean): ActivityOptions {
  return {
    ...optionsOf(page.pass, PAGE_ATTEMPT_MS),
    ...(isAlone ? {} : { scheduleToStartTimeout: PAGE_PICKUP_MS }),
    summary: summaryOf(verb, page, lines),
  };
}

export function clerk(host: string, input: ClerkInput) {
  const recorded = input.finished.reduce((sum, { results }) => sum + results.length, 0);
  const options = { ...optionsOf(input.pass, CLERK_ATTEMPT_MS), taskQueue: hostQueue(host) };
  const summary = `record ${recorded} lines, hand out ${input.wanted} pages`;
  return run('clerk', input, { ...options, summary });
}

/** @param isAlone true when no other host can carry the page, so the page waits for this host */
export function deliverPage(host: string, input: DeliverPageInput, isAlone: boolean) {
  const { lines } = input.page;
  const options = { ...pageOptions('deliver', input.page, lines.length, isAlone), taskQueue: ioQueue(host) };
  return run('deliverPage', input, options);
}

export function publishPage(host: string, input: PublishPageInput, isAlone: boolean) {
  const options = { ...pageOptions('publish', input.page, input.lines.length, isAlone), taskQueue: hostQueue(host) };
  return run('publishPage', input, options);
}

export function fetchPage(host: string, input: FetchPageInput, isAlone: boolean) {
  const options = { ...pageOptions('fetch back', input.page, input.lines.length, isAlone), taskQueue: ioQueue(host) };
  return run('fetchPage', input, options);
}
