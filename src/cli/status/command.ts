import type { CommandDefinition } from '../shared/command';
import type * as Status from './run';

export const statusCommand: CommandDefinition = {
  usage: 'status [id]',
  description: 'one transfer, or without an ID the health of everything',
  help: 'Any unique beginning of an ID will do.',
  examples: [
    'ferry status                        Temporal, workers by host, transfers by state',
    'ferry status acme-plan-7kq2         was it published? which attempt, next try, what to do',
    'ferry status acme-january-0k3v-17   line 17 of a job, on the host of the job',
    'ferry status acme-plan --json       {"type":"status","v":1,"transferId":...}',
  ],
  load: () => (require('./run') as typeof Status).runStatus,
};
