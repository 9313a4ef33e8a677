import type { CommandEnvironment } from '../command';
import type { ExitCode } from '../exit-codes';
import { runSteer, type SteerOptions } from '../steer/steer';
import { tellCommand } from '../steer/tell';
import { safe } from '../text';

export interface RetryOptions extends SteerOptions {
  readonly host?: string;
}

/** Goes on with parked transfers from the step where they stood, or with any on another host. */
export function runRetry(
  environment: CommandEnvironment,
  options: RetryOptions,
  words: readonly string[],
): Promise<ExitCode> {
  const { host } = options;
  const place = host === undefined ? {} : { host };
  const where = host === undefined ? '' : ` on host ${safe(host)}`;
  return runSteer(environment, options, words, {
    title: 'Retry',
    // Whoever moves transfers means those of a host that is gone: they wait for it.
    states: host === undefined ? ['parked'] : ['parked', 'waiting'],
    act: async (client, id) => tellCommand(environment, client, id, await client.retry(id, place), 'Retried', where),
  });
}
