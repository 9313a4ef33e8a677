import type { CommandDefinition } from '../shared/command';
import type * as Trust from './run';

export const trustCommand: CommandDefinition = {
  usage: 'trust [file]',
  description: 'use the ferry.toml of this directory, as long as its content stays the same',
  help: `
A ferry.toml names programs to run and hosts to send secrets to. One that lies where a command is typed is used only
after this; a file that --config or FERRY_CONFIG names needs no trust, and neither does what ferry init has written.
`,
  examples: [
    'ferry trust                         the ferry.toml of the present directory',
    'ferry trust ../acme/ferry.toml',
  ],
  load: () => (require('./run') as typeof Trust).runTrust,
};
