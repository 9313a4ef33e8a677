import type { CommandDefinition } from '../shared/command';
import type * as Init from './run';

export const initCommand: CommandDefinition = {
  usage: 'init <name>',
  description: 'write ferry.toml and seal.key for an account, and say what to do next',
  examples: ['ferry init acme                     in the present directory; overwrites nothing'],
  load: () => (require('./run') as typeof Init).runInit,
};
