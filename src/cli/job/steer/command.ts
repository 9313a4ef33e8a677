import type { CommandDefinition } from '../../shared/command';
import { addAskedFlags } from '../../shared/flags/transfer-flags';
import { codeFlag, lanesFlag } from '../../shared/flags/values';
import { TAKES_EFFECT_LATER } from '../../shared/steer/flags';
import type * as Steer from './run';

const load = (): typeof Steer => require('./run') as typeof Steer;

export const pauseCommand: CommandDefinition = {
  usage: 'pause <job>',
  description: 'stop a job within two seconds; what is done is kept',
  addFlags: addAskedFlags,
  help: TAKES_EFFECT_LATER,
  examples: ['ferry job pause acme-january-0k3v'],
  load: () => load().runJobPause,
};

export const resumeCommand: CommandDefinition = {
  usage: 'resume <job>',
  description: 'go on with a paused job',
  addFlags: addAskedFlags,
  help: TAKES_EFFECT_LATER,
  examples: ['ferry job resume acme-january-0k3v'],
  load: () => load().runJobResume,
};

export const cancelCommand: CommandDefinition = {
  usage: 'cancel <job>',
  description: 'end a job; publishes under way may finish, and the same start goes on later',
  addFlags: addAskedFlags,
  help: TAKES_EFFECT_LATER,
  examples: ['ferry job cancel acme-january-0k3v'],
  load: () => load().runJobCancel,
};

export const retryCommand: CommandDefinition = {
  usage: 'retry <job>',
  description: 'run the failed and parked lines of a job again, as another pass',
  addFlags: (command) =>
    addAskedFlags(command).option('--reason <code>', 'only lines with this error, such as DISK_FULL', codeFlag),
  help: `
A job that is parked as a whole goes on where it stood. A job that has ended begins again with these lines.
${TAKES_EFFECT_LATER}
`,
  examples: ['ferry job retry acme-january-0k3v', 'ferry job retry acme-january --reason CREDENTIALS_REFUSED'],
  load: () => load().runJobRetry,
};

export const setCommand: CommandDefinition = {
  usage: 'set <job>',
  description: 'change how many pages of a job are under way at the same time',
  addFlags: (command) => addAskedFlags(command).requiredOption('--lanes <count>', 'from 1 to 64', lanesFlag),
  help: TAKES_EFFECT_LATER,
  examples: ['ferry job set acme-january-0k3v --lanes 16'],
  load: () => load().runJobSet,
};

export const moveCommand: CommandDefinition = {
  usage: 'move <job>',
  description: 'give a job another home host, where its files have been copied to',
  addFlags: (command) => addAskedFlags(command).requiredOption('--host <host>', 'the new home host'),
  help: `
For a home host that is lost. Copy STATE/jobs/JOB from it first: the journal says which lines were sent.
${TAKES_EFFECT_LATER}
`,
  examples: ['ferry job move acme-january-0k3v --host second'],
  load: () => load().runJobMove,
};
