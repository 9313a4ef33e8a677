import type { CommandDefinition } from '../shared/command';
import { addressFlag } from '../shared/flags/values';
import type * as Worker from './run';

export const workerCommand: CommandDefinition = {
  usage: 'worker',
  description: 'run one worker against a Temporal of your own',
  addFlags: (command) =>
    command
      .option('--host-id <id>', 'id of this host (or FERRY_HOST_ID; default: the host name)')
      .option('--health <address>', 'serve /livez and /readyz on host:port (default: healthAddress)', addressFlag)
      .option('--metrics <address>', 'serve /metrics on host:port (default: metricsAddress)', addressFlag),
  help: 'SIGTERM drains: it takes no more, finishes or checkpoints what it has. A second one ends it at once.',
  examples: ['TEMPORAL_ADDRESS=temporal.example.com:7233 ferry worker --config /etc/ferry.toml --host-id node-a'],
  load: () => (require('./run') as typeof Worker).runWorkerCommand,
};
