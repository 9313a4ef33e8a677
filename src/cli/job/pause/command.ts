import type { CommandDefinition } from '../../shared/command';
import { addAskedFlags } from '../../shared/flags/transfer-flags';
import { TAKES_EFFECT_LATER } from '../../shared/steer/flags';
import type * as Run from './run';

export const pauseCommand: CommandDefinition = {
  usage: 'pause <job>',
  description: 'stop a job within two seconds; what is done is kept',
  addFlags: addAskedFlags,
  help: TAKES_EFFECT_LATER,
  examples: ['ferry job pause acme-january-0k3v'],
  load: () => (require('./run') as typeof Run).runJobPause,
};
