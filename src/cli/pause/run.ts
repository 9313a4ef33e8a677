import { defined } from '../../lib/defined';
import { steering } from '../shared/steer/steer';
import { tellCommand } from '../shared/steer/tell';

/** Stops transfers until they are resumed; what has been moved is kept. */
export const runPause = steering((environment, { by, why }) => ({
  title: 'Pause',
  states: ['running', 'waiting'],
  act: async (client, id) =>
    tellCommand(environment, client, id, await client.pause(id, defined({ by, why })), 'Paused'),
}));
