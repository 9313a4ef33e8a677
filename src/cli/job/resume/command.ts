import type { CommandDefinition } from '../../shared/command';
import { addAskedFlags } from '../../shared/flags/transfer-flags';
import { TAKES_EFFECT_LATER } from '../../shared/steer/flags';
import type * as Run from './run';

export const resumeCommand: CommandDefinition = {
  usage: 'resume <job>',
  description: 'go on with a paused job',
  addFlags: addAskedFlags,
  help: TAKES_EFFECT_LATER,
  examples: ['ferry job resume acme-january-0k3v'],
  load: () => (require('./run') as typeof Run).runJobResume,
};
