import type { CommandEnvironment } from '../../shared/command';
import { EXIT, worstExit, type ExitCode } from '../../shared/exit-codes';
import { destination } from '../../shared/output/destination';
import { usageError } from '../../shared/output/output';
import { accountOf, readSettings, withClient } from '../../shared/settings';
import { tellDryRun } from './dry-run';
import { prepareFrom } from './prepare';
import { tellRefused } from './refused';
import { startPrepared } from './start-prepared';
import type { JobStartOptions } from './types';

export async function runJobStart(
  environment: CommandEnvironment,
  options: JobStartOptions,
  [origin = '']: readonly string[],
): Promise<ExitCode> {
  const { io, output, flags } = environment;
  const startedMs = io.now();
  const settings = await readSettings(io, flags);
  if (origin === '') throw usageError('The name of the manifest is empty. Was a variable of a script not set?');
  output.note(destination(accountOf(settings, options.account), options.consumer));
  const job = await prepareFrom(environment, settings, origin, options).catch((error: unknown) => {
    if (io.interrupted.aborted) return null;
    throw error;
  });
  if (job === null) {
    output.note('Interrupted: nothing was started.');
    return EXIT.interrupted;
  }
  for (const note of job.notes) output.note(note);
  const refusal = tellRefused(environment, job, options.skipBad === true);
  if (refusal !== null && options.dryRun !== true) return refusal;
  const { stateDir } = settings;
  if (options.dryRun === true) return worstExit([await tellDryRun(environment, stateDir, job), refusal ?? EXIT.done]);
  if (job.good === 0 && job.bad === 0) {
    output.note('There are no files: nothing to send.');
    return EXIT.done;
  }
  return withClient(settings, io, (client) =>
    startPrepared(environment, client, { stateDir, job, options, startedMs }),
  );
}
