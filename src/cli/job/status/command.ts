import type { CommandDefinition } from '../../shared/command';
import type * as Status from './run';

export const statusCommand: CommandDefinition = {
  usage: 'status <job>',
  description: 'one job: counts by state, pace, what fails and how to retry it',
  help: 'Any beginning of the id will do that only one job has.',
  examples: ['ferry job status acme-january-0k3v', 'ferry job status acme-january --json'],
  load: () => (require('./run') as typeof Status).runJobStatus,
};
