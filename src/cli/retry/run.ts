import { defined } from '../../lib/defined';
import { safe } from '../shared/output/text';
import { steering, type SteerOptions } from '../shared/steer/steer';
import { tellCommand } from '../shared/steer/tell';

export interface RetryOptions extends SteerOptions {
  readonly host?: string;
}

/** Goes on with parked transfers from the step where they stood, or with any on another host. */
export const runRetry = steering((environment, { host, by, why }: RetryOptions) => {
  const where = host === undefined ? '' : ` on host ${safe(host)}`;
  return {
    title: 'Retry',
    // Transfers move to another host because theirs is gone: then they wait for it.
    states: host === undefined ? ['parked'] : ['parked', 'waiting'],
    act: async (client, id) =>
      tellCommand(environment, client, id, await client.retry(id, defined({ host, by, why })), 'Retried', where),
  };
});
