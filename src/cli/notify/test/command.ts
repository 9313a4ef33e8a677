import type { CommandDefinition } from '../../shared/command';
import type * as Test from './run';

export const notifyTestCommand: CommandDefinition = {
  usage: 'test [names...]',
  description: 'send a test message to each receiver, or to those named',
  help: `
The message goes from this machine, at once and once: the answer is shown, nothing is tried again. Exit 3 when a receiver
did not take it.
`,
  examples: ['ferry notify test', 'ferry notify test ops --json'],
  load: () => (require('./run') as typeof Test).runNotifyTest,
};
