import { defined } from '../../lib/defined';
import { steering } from '../shared/steer/steer';
import { tellCommand } from '../shared/steer/tell';

/** Pauses transfers until they are resumed. The bytes moved so far are kept. */
export const runPause = steering((environment, { by, why }) => ({
  title: 'Pause',
  states: ['running', 'waiting'],
  act: async (client, id) =>
    tellCommand(environment, client, id, await client.pause(id, defined({ by, why })), 'Paused'),
}));
