/** Commands that steer transfers under way: their flags and help. */
import type { Command } from 'commander';
import type * as Cancel from '../commands/cancel';
import type * as Pause from '../commands/pause';
import type * as Resume from '../commands/resume';
import type * as Retry from '../commands/retry';
import type { AddCommand } from './add-command';

/* Each command's code is loaded when it runs, so that others start without it. */
const load = {
  pause: () => (require('../commands/pause') as typeof Pause).runPause,
  resume: () => (require('../commands/resume') as typeof Resume).runResume,
  retry: () => (require('../commands/retry') as typeof Retry).runRetry,
  cancel: () => (require('../commands/cancel') as typeof Cancel).runCancel,
};

const KEPT = 'Kept by Temporal at once; where no worker serves a transfer, it takes effect as soon as one does.';

export function addSteerCommands(add: AddCommand): void {
  withWhom(
    add('cancel [ids...]', 'stop transfers; says whether their messages were published already', load.cancel),
  ).addHelpText(
    'after',
    `
${KEPT}

Examples:
  $ ferry cancel acme-plan-7kq2
  $ ferry cancel --account acme --yes
`,
  );
  withWhom(
    add('pause [ids...]', 'stop transfers until they are resumed; what was moved is kept', load.pause),
  ).addHelpText(
    'after',
    `
${KEPT}

Examples:
  $ ferry pause acme-plan-7kq2
  $ ferry pause --account acme
`,
  );
  withWhom(add('resume [ids...]', 'go on with paused transfers', load.resume)).addHelpText(
    'after',
    `
Examples:
  $ ferry resume acme-plan-7kq2
  $ ferry resume --all --yes
`,
  );
  withWhom(add('retry [ids...]', 'go on with parked transfers where they stood', load.retry))
    .option('--host <host>', 'go on on this host, once its copy of the file has been compared')
    .addHelpText(
      'after',
      `
A parked transfer waits for a person: \`ferry list --parked\` says why, and what to do.

Examples:
  $ ferry retry acme-plan-7kq2
  $ ferry retry --all --reason DISK_FULL
  $ ferry retry acme-plan --host other  its own host is gone; the same file lies there
`,
    );
}

/** Ids, or a filter; a filter asks before it does anything. */
function withWhom(command: Command): Command {
  return command
    .option('--account <name>', 'all of this account')
    .option('--all', 'all of every account')
    .option('--reason <code>', 'only those that stand for this reason, such as DISK_FULL')
    .option('--yes', 'do not ask first');
}
