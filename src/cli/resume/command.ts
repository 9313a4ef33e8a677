import type { CommandDefinition } from '../shared/command';
import { addSelectionFlags } from '../shared/steer/flags';
import type * as Resume from './run';

export const resumeCommand: CommandDefinition = {
  usage: 'resume [ids...]',
  description: 'go on with paused transfers',
  addFlags: addSelectionFlags,
  examples: ['ferry resume acme-plan-7kq2', 'ferry resume --all --yes'],
  load: () => (require('./run') as typeof Resume).runResume,
};
