import type { CommandDefinition } from '../shared/command';
import type { Command } from 'commander';
import { countFlag, portFlag } from '../shared/flags/values';
import { addSandboxFlags } from '../shared/flags/sandbox-flags';
import type * as Up from './run';

export const upCommand: CommandDefinition = {
  usage: 'up',
  description: 'everything on this machine: Temporal, sandbox, worker',
  addFlags: (command) => addSandboxFlags(addOwnFlags(command)),
  help: `
Keeps everything in the state directory and starts again what dies. Ctrl-C ends all in order; transfers go on at the
next \`ferry up\`.
`,
  examples: [
    'ferry up',
    'ferry up --detach --json',
    'ferry up --state /tmp/mine --temporal-port 0 --ui-port 0 --sandbox-port 0',
  ],
  load: () => (require('./run') as typeof Up).runUpCommand,
};

function addOwnFlags(command: Command): Command {
  return command
    .option('--temporal-port <port>', 'port of Temporal (default: 7233, or the next free one; 0 picks one)', portFlag)
    .option('--ui-port <port>', "port of Temporal's web page (default: 8233, or the next free one)", portFlag)
    .option('--sandbox-port <port>', 'port of the sandbox (default: 8480, or the next free one)', portFlag)
    .option('--metrics <port>', "serve the worker's metrics under /metrics of this port of 127.0.0.1", countFlag)
    .option('--no-worker', 'leave the worker out')
    .option('--no-sandbox', 'leave the sandbox out')
    .option('--detach', 'leave it running in the background; `ferry down` stops it');
}
