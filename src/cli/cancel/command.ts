import type { CommandDefinition } from '../shared/command';
import { addSelectionFlags, TAKES_EFFECT_LATER } from '../shared/steer/flags';
import type * as Cancel from './run';

export const cancelCommand: CommandDefinition = {
  usage: 'cancel [ids...]',
  description: 'stop transfers; says whether their messages were published already',
  addFlags: addSelectionFlags,
  help: TAKES_EFFECT_LATER,
  examples: ['ferry cancel acme-plan-7kq2', 'ferry cancel --account acme --yes'],
  load: () => (require('./run') as typeof Cancel).runCancel,
};
