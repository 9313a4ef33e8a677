import { askedOf } from '../../contract';
import { defined } from '../../lib/defined';
import { safe } from '../shared/output/text';
import { steering, type SteerOptions } from '../shared/steer/steer';
import { tellCommand } from '../shared/steer/tell';

export interface RetryOptions extends SteerOptions {
  readonly host?: string;
}

/**
 * Continues parked transfers from the step in which they parked. With `--host`, continues any transfer on another host.
 */
export const runRetry = steering((environment, options: RetryOptions) => {
  const { host } = options;
  const where = host === undefined ? '' : ` on host ${safe(host)}`;
  return {
    title: 'Retry',
    // A transfer moves to another host because its own host is gone, so it may be waiting instead of parked.
    states: host === undefined ? ['parked'] : ['parked', 'waiting'],
    act: async (client, id) =>
      tellCommand(
        environment,
        client,
        id,
        await client.retry(id, { ...askedOf(options), ...defined({ host }) }),
        'Retried',
        where,
      ),
  };
});
