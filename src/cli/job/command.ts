import type { CommandGroup } from '../shared/command';
import { listCommand } from './list/command';
import { reportCommand } from './report/command';
import { startCommand } from './start/command';
import { statusCommand } from './status/command';
import { cancelCommand, moveCommand, pauseCommand, resumeCommand, retryCommand, setCommand } from './steer/command';
import { watchCommand } from './watch/command';

/** In the order in which `ferry job --help` lists them. */
export const jobCommands: CommandGroup = {
  name: 'job',
  description: 'many files as one unit of work, from a manifest or a directory',
  help: 'A job is one workflow, however many files it has. Manifests are described in docs/jobs.md.',
  examples: [
    "ferry job start photos --recursive --glob '*.jpg'",
    'ferry job start january.csv --dry-run',
    'ferry job watch JOB',
    'ferry job report JOB --state failed,parked',
  ],
  commands: [
    startCommand,
    listCommand,
    statusCommand,
    watchCommand,
    pauseCommand,
    resumeCommand,
    cancelCommand,
    retryCommand,
    setCommand,
    moveCommand,
    reportCommand,
  ],
};
