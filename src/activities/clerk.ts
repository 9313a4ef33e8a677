import { join } from 'node:path';
import type { ClerkAnswer, ClerkInput } from '../contract';
import type { ActivityDeps } from './deps';

/**
 * Records what became of the lines of finished pages, durably, and hands out the next pages. A repeated attempt records
 * nothing twice and hands out the same pages.
 */
export function clerk({ jobs }: Pick<ActivityDeps, 'jobs'>, input: ClerkInput): Promise<ClerkAnswer> {
  const { jobId, pass, retry, finished, from, wanted } = input;
  const directory = join(jobs.directory, jobId);
  return jobs.journals.use(directory, async (journal) => {
    const isWanted = (line: number): boolean => journal.isWanted(line, pass, retry);
    const { pages, next, bad } =
      from === null || wanted === 0
        ? { pages: [], next: from, bad: [] }
        : await jobs.cutPages({ directory, pass, from, wanted, isWanted });
    await journal.record([...finished, ...bad]);
    return { pages, next, ...journal.tally() };
  });
}
