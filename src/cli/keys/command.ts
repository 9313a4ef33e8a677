import type { CommandDefinition, CommandGroup } from '../shared/command';
import { addAskedFlags } from '../shared/flags/transfer-flags';
import type * as Keys from './run';

const load = (): typeof Keys => require('./run') as typeof Keys;

const listCommand: CommandDefinition = {
  usage: 'list',
  description: 'the seal keys, their age, and what still needs each of them',
  help: 'Asks the workflow of every consumer which key its token needs.',
  examples: ['ferry keys list', "ferry keys list --json | jq '.keys[] | select(.seals | not)'"],
  load: () => load().runList,
};

const rotateCommand: CommandDefinition = {
  usage: 'rotate',
  description: 'put a new seal key into the key file; from then on it seals',
  addFlags: (command) =>
    addAskedFlags(command)
      .option('--open-only', 'the new key only opens; for several hosts: copy the file to all of them next')
      .option('--to <key>', 'no new key: this one of the file seals from now on'),
  help: `
Workers read the key file every few seconds, and have the tokens of all consumers sealed with the new key. The old key
stays in the file until ferry keys retire takes it out.
`,
  examples: [
    "ferry keys rotate --why 'yearly'",
    'ferry keys rotate --open-only       several hosts: then copy the file, and --to that key, and copy it again',
    'ferry keys rotate --to 1091be6e',
  ],
  load: () => load().runRotate,
};

const retireCommand: CommandDefinition = {
  usage: 'retire <key>',
  description: 'take a seal key that nothing needs any more out of the key file',
  addFlags: addAskedFlags,
  help: `
Refuses (SEAL_KEY_NEEDED, exit 3) while a consumer needs the key, while a consumer could not be asked, and for the key
that seals. Workers on other hosts must seal with the newer key already: copy the file to them first.
`,
  examples: ['ferry keys retire 1091be6e'],
  load: () => load().runRetire,
};

export const keysCommands: CommandGroup = {
  name: 'keys',
  description: 'list, rotate and retire the seal keys',
  help: 'Seal keys seal the tokens of consumers and signed links that pass through Temporal. See docs/production.md.',
  examples: ['ferry keys rotate', 'ferry keys list', 'ferry keys retire 1091be6e'],
  commands: [listCommand, rotateCommand, retireCommand],
};
