import { askedOf } from '../../contract';
import { steering } from '../shared/steer/steer';
import { tellCommand } from '../shared/steer/tell';

/** Continues paused transfers. */
export const runResume = steering((environment, options) => ({
  title: 'Resume',
  states: ['paused'],
  act: async (client, id) => tellCommand(environment, client, id, await client.resume(id, askedOf(options)), 'Resumed'),
}));
