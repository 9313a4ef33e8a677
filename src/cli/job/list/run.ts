import { defined } from '../../../lib/defined';
import type { CommandEnvironment } from '../../shared/command';
import { EXIT, type ExitCode } from '../../shared/exit-codes';
import { columnsOf } from '../../shared/io';
import { readSettings, withClient } from '../../shared/settings';
import { jobDocument } from '../shared/document';
import { jobTable } from '../shared/table';

export interface JobListOptions {
  readonly account?: string;
  /** Milliseconds. */
  readonly since?: number;
  readonly limit?: number;
}

export async function runJobList(
  { io, output, flags }: CommandEnvironment,
  { account, since, limit }: JobListOptions,
): Promise<ExitCode> {
  const settings = await readSettings(io, flags);
  return withClient(settings, io, async ({ jobs }) => {
    const found = await jobs.list(defined({ account, sinceMs: since, limit }));
    for (const job of found) output.document(jobDocument(job));
    if (output.json) return EXIT.done;
    if (found.length === 0) output.note('No jobs.');
    else output.answer(jobTable(found, columnsOf(io.stdout), io.now()).join('\n'));
    return EXIT.done;
  });
}
