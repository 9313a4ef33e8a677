/** Commands about what runs on this machine: their flags and help. */
import type * as Demo from '../commands/demo';
import type * as Up from '../commands/up';
import type * as Down from '../commands/down';
import type * as Worker from '../commands/worker';
import type * as Sandbox from '../commands/sandbox';
import { countFlag, portFlag, secondsFlag, typesFlag } from '../flag-values';
import type { AddCommand } from './add-command';
import type { Command } from 'commander';

const load = {
  demo: () => (require('../commands/demo') as typeof Demo).runDemo,
  up: () => (require('../commands/up') as typeof Up).runUpCommand,
  down: () => (require('../commands/down') as typeof Down).runDown,
  worker: () => (require('../commands/worker') as typeof Worker).runWorkerCommand,
  sandbox: () => (require('../commands/sandbox') as typeof Sandbox).runSandbox,
};

export function addMachineCommands(add: AddCommand): void {
  add('demo', 'the whole story on this machine, from nothing, leaving nothing', load.demo).addHelpText(
    'after',
    `
Brings up Temporal, a sandbox of LivePerson and a worker in a directory of its own, sends a photo and fetches it back,
then sends 40 MB with links that live 2 seconds and kills the worker half-way. Reads no configuration.

Examples:
  $ ferry demo
`,
  );
  addUp(add);
  add('down', 'stop what `ferry up` runs', load.down).addHelpText(
    'after',
    `
Examples:
  $ ferry down
  $ ferry down --state /tmp/mine
`,
  );
  add('worker', 'run one worker against a Temporal of your own', load.worker)
    .option('--host-id <id>', 'id of this host (or FERRY_HOST_ID; default: the host name)')
    .addHelpText(
      'after',
      `
SIGTERM drains: it takes no more, finishes or checkpoints what it has. A second one ends it at once.

Examples:
  $ TEMPORAL_ADDRESS=temporal.example.com:7233 ferry worker --config /etc/ferry.toml --host-id node-a
`,
    );
  addSandbox(add);
}

function addSandbox(add: AddCommand): void {
  addSandboxFlags(
    add('sandbox', 'run a LivePerson of your own to try things on', load.sandbox).option(
      '--port <port>',
      'port on 127.0.0.1 (default: 8480; 0 picks one)',
      portFlag,
    ),
  ).addHelpText(
    'after',
    `
Examples:
  $ ferry sandbox --port 8480 --state /tmp/sandbox
  $ ferry sandbox --url-life 2
  $ curl -s http://127.0.0.1:8480/_sandbox/messages
  $ curl -s -d '{"at":"put","do":{"status":503},"times":3}' http://127.0.0.1:8480/_sandbox/faults
`,
  );
}

function addUp(add: AddCommand): void {
  addSandboxFlags(
    add('up', 'everything on this machine: Temporal, sandbox, worker', load.up)
      .option('--temporal-port <port>', 'port of Temporal (default: 7233, or the next free one; 0 picks one)', portFlag)
      .option('--ui-port <port>', "port of Temporal's web page (default: 8233, or the next free one)", portFlag)
      .option('--sandbox-port <port>', 'port of the sandbox (default: 8480, or the next free one)', portFlag)
      .option('--no-worker', 'leave the worker out')
      .option('--no-sandbox', 'leave the sandbox out')
      .option('--detach', 'leave it running in the background; `ferry down` stops it'),
  ).addHelpText(
    'after',
    `
Keeps everything in the state directory and starts again what dies. Ctrl-C ends all in order; transfers go on at the
next \`ferry up\`.

Examples:
  $ ferry up
  $ ferry up --detach --json
  $ ferry up --state /tmp/mine --temporal-port 0 --ui-port 0 --sandbox-port 0
`,
  );
}

function addSandboxFlags(command: Command): Command {
  return command
    .option('--url-life <seconds>', 'life of a signed URL of the sandbox (default: 60)', secondsFlag)
    .option('--max-bytes <bytes>', 'largest file that the sandbox account takes', countFlag)
    .option('--types <list>', 'file types that the sandbox account takes, such as JPG,PNG,PDF', typesFlag)
    .option('--swift <url>', 'sign for a real OpenStack Swift instead of storing objects itself')
    .option('--swift-key-file <file>', 'file with its TempURL key (or FERRY_SWIFT_KEY)')
    .option(
      '--tls',
      'the sandbox speaks https and wss, under an authority of its own (sandbox-ca.pem in its directory)',
    );
}
