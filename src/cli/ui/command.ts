import type { CommandDefinition } from '../shared/command';
import type * as Ui from './run';

export const uiCommand: CommandDefinition = {
  usage: 'ui [id]',
  description: "print a link that opens Temporal's web page with values in clear, once",
  help: `
Temporal keeps sealed values, and its web page shows them as they are kept. A browser that has followed this link sees
them in clear for 12 hours. The link opens once, within a minute, and only on this machine for the user of the ferry up.
`,
  examples: ['ferry ui', 'ferry ui acme-plan-7kq2             the page of one transfer'],
  load: () => (require('./run') as typeof Ui).runUi,
};
