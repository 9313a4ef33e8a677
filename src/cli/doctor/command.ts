import type { CommandDefinition } from '../shared/command';
import { addAccountFlags } from '../shared/flags/transfer-flags';
import type * as Doctor from './run';

export const doctorCommand: CommandDefinition = {
  usage: 'doctor',
  description: 'check everything that a transfer needs; changes nothing',
  addFlags: addAccountFlags,
  help: 'ok: fine. !!: works, but. NO: does not work, with the remedy (exit 3).',
  examples: ['ferry doctor', 'ferry doctor --account acme'],
  load: () => (require('./run') as typeof Doctor).runDoctor,
};
