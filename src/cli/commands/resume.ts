import type { CommandEnvironment } from '../command';
import type { ExitCode } from '../exit-codes';
import { runSteer, type SteerOptions } from '../steer/steer';
import { tellCommand } from '../steer/tell';

/** Goes on with paused transfers. */
export function runResume(
  environment: CommandEnvironment,
  options: SteerOptions,
  words: readonly string[],
): Promise<ExitCode> {
  return runSteer(environment, options, words, {
    title: 'Resume',
    states: ['paused'],
    act: async (client, id) => tellCommand(environment, client, id, await client.resume(id), 'Resumed'),
  });
}
