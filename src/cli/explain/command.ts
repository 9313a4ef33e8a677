import type { CommandDefinition } from '../shared/command';
import type * as Explain from './run';

export const explainCommand: CommandDefinition = {
  usage: 'explain [code]',
  description: 'what an error code means, what Ferry does, what you can do',
  examples: ['ferry explain                       all codes', 'ferry explain URL_REFUSED'],
  load: () => (require('./run') as typeof Explain).runExplain,
};
