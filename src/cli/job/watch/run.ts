import { defined } from '../../../lib/defined';
import type { CommandEnvironment } from '../../shared/command';
import type { ExitCode } from '../../shared/exit-codes';
import { readSettings, withClient } from '../../shared/settings';
import { followJob } from '../shared/follow';

export interface JobWatchOptions {
  readonly timeout?: number;
}

export async function runJobWatch(
  environment: CommandEnvironment,
  { timeout }: JobWatchOptions,
  [prefix = '']: readonly string[],
): Promise<ExitCode> {
  const { io, flags } = environment;
  const startedMs = io.now();
  const settings = await readSettings(io, flags);
  return withClient(settings, io, async (client) => {
    const jobId = await client.jobs.resolveId(prefix);
    return followJob(environment, client, jobId, { printEvents: true, startedMs, ...defined({ timeout }) });
  });
}
