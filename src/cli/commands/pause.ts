import type { CommandEnvironment } from '../command';
import type { ExitCode } from '../exit-codes';
import { runSteer, type SteerOptions } from '../steer/steer';
import { tellCommand } from '../steer/tell';

/** Stops transfers until they are resumed; what has been moved is kept. */
export function runPause(
  environment: CommandEnvironment,
  options: SteerOptions,
  words: readonly string[],
): Promise<ExitCode> {
  return runSteer(environment, options, words, {
    title: 'Pause',
    states: ['running', 'waiting'],
    act: async (client, id) => tellCommand(environment, client, id, await client.pause(id), 'Paused'),
  });
}
