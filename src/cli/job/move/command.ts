import type { CommandDefinition } from '../../shared/command';
import { addAskedFlags } from '../../shared/flags/transfer-flags';
import { TAKES_EFFECT_LATER } from '../../shared/steer/flags';
import type * as Run from './run';

export const moveCommand: CommandDefinition = {
  usage: 'move <job>',
  description: 'give a job another home host, where its files have been copied to',
  addFlags: (command) => addAskedFlags(command).requiredOption('--host <host>', 'the new home host'),
  help: `
For a home host that is lost. Copy STATE/jobs/JOB from it first: the journal says which lines were sent.
${TAKES_EFFECT_LATER}
`,
  examples: ['ferry job move acme-january-0k3v --host second'],
  load: () => (require('./run') as typeof Run).runJobMove,
};
