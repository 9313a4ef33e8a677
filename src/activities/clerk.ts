import { join } from 'node:path';
import type { ClerkAnswer, ClerkInput, JobPage, PageResult } from '../contract';
import { FerryError } from '../errors';
import { missingLines, type Journal, type JournalRow } from '../jobs';
import type { ActivityDeps } from './deps';

type ClerkDeps = Pick<ActivityDeps, 'jobs' | 'meter' | 'account'>;

/**
 * Records the results of finished pages durably, and hands out the next pages. A repeated attempt records nothing twice
 * and hands out the same pages.
 */
export function clerk(deps: ClerkDeps, input: ClerkInput): Promise<ClerkAnswer> {
  const { jobs } = deps;
  const { jobId, pass, retry, finished, from, wanted } = input;
  const directory = join(jobs.directory, jobId);
  return jobs.journals.use(directory, async (journal) => {
    await checkCopied(directory, journal, input);
    const isWanted = (line: number): boolean => journal.isWanted(line, pass, retry);
    const { pages, next, bad } =
      from === null || wanted === 0
        ? { pages: [], next: from, bad: [] }
        : await jobs.cutPages({ directory, pass, from, wanted, isWanted });
    const settled = [...finished, ...bad];
    count(deps, settled, await journal.record(settled));
    return { pages: pages.map((page) => withOpen(journal, page)), next, ...journal.tally() };
  });
}

/** Tells the lines of a page what earlier passes left open. */
function withOpen(journal: Journal, page: JobPage): JobPage {
  const lines = page.lines.map((line) => {
    const perhapsSent = journal.perhapsSent(line.line);
    return perhapsSent === undefined ? line : { ...line, perhapsSent };
  });
  return { ...page, lines };
}

/** Only rows that are new in the journal: a repeated attempt counts nothing twice. */
function count(deps: ClerkDeps, settled: readonly PageResult[], rows: readonly JournalRow[]): void {
  const accounts = new Map(
    settled.flatMap(({ account = '', results }) => results.map(({ line }) => [line, account] as const)),
  );
  for (const { line, state } of rows) deps.meter.lineSettled(labelOf(deps, accounts.get(line) ?? ''), state);
}

/** Only accounts of the configuration become labels. */
function labelOf(deps: ClerkDeps, account: string): string {
  try {
    deps.account(account);
    return account;
  } catch {
    return '';
  }
}

/** @throws {FerryError} JOB_FILES_UNUSABLE when a new home host has not the whole journal of the former one */
async function checkCopied(
  directory: string,
  journal: Journal,
  { from, settledBefore = 0 }: ClerkInput,
): Promise<void> {
  const { settled } = journal.tally();
  const known = Object.values(settled).reduce((sum, lines) => sum + lines, 0);
  if (known >= settledBefore) return;
  const lines = await missingLines(directory, from?.offset ?? null, (line) => journal.isSettled(line));
  const message = `The journal in ${directory} does not know what became of ${settledBefore - known} lines or more: ${lines}.`;
  throw new FerryError('JOB_FILES_UNUSABLE', message, {
    remedy: 'Copy the journal of the former home host there; or go on without, with ferry job retry JOB.',
  });
}
