import type { CommandDefinition } from '../shared/command';
import type * as Demo from './run';

export const demoCommand: CommandDefinition = {
  usage: 'demo',
  description: 'the whole story on this machine, from nothing, leaving nothing',
  help: `
Brings up Temporal, a sandbox of LivePerson and a worker in a directory of its own, sends a photo and fetches it back,
then sends 40 MB with links that live 2 seconds and kills the worker half-way. Reads no configuration.
`,
  examples: ['ferry demo'],
  load: () => (require('./run') as typeof Demo).runDemo,
};
