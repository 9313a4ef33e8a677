import type { CommandDefinition } from '../shared/command';
import { addSelectionFlags, TAKES_EFFECT_LATER } from '../shared/steer/flags';
import type * as Pause from './run';

export const pauseCommand: CommandDefinition = {
  usage: 'pause [ids...]',
  description: 'stop transfers until they are resumed; what was moved is kept',
  addFlags: addSelectionFlags,
  help: TAKES_EFFECT_LATER,
  examples: ['ferry pause acme-plan-7kq2', 'ferry pause --account acme'],
  load: () => (require('./run') as typeof Pause).runPause,
};
