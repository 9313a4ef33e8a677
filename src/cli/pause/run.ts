import { askedOf } from '../../contract';
import { steering } from '../shared/steer/steer';
import { tellCommand } from '../shared/steer/tell';

/** Pauses transfers until they are resumed. The bytes moved so far are kept. */
export const runPause = steering((environment, options) => ({
  title: 'Pause',
  states: ['running', 'waiting'],
  act: async (client, id) => tellCommand(environment, client, id, await client.pause(id, askedOf(options)), 'Paused'),
}));
