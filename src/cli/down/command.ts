import type { CommandDefinition } from '../shared/command';
import type * as Down from './run';

export const downCommand: CommandDefinition = {
  usage: 'down',
  description: 'stop what `ferry up` runs',
  examples: ['ferry down', 'ferry down --state /tmp/mine'],
  load: () => (require('./run') as typeof Down).runDown,
};
