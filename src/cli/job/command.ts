import type { CommandGroup } from '../shared/command';
import { reportCommand } from './report/command';
import { startCommand } from './start/command';

/** In the order in which `ferry job --help` lists them. */
export const jobCommands: CommandGroup = {
  name: 'job',
  description: 'many files as one unit of work, from a manifest or a directory',
  help: `
A job is one workflow, however many files it has. Manifests are described in docs/jobs.md.

Examples:
  $ ferry job start photos --recursive --glob '*.jpg'
  $ ferry job start january.csv --dry-run
  $ ferry job report JOB --state failed,parked
`,
  commands: [startCommand, reportCommand],
};
