import type { CommandDefinition } from '../shared/command';
import { addAskedFlags } from '../shared/flags/transfer-flags';
import { durationFlag } from '../shared/flags/values';
import type * as Ledger from './run';

export const ledgerCommand: CommandDefinition = {
  usage: 'ledger <action>',
  description: "rebuild, prune or compact this host's record of what was sent",
  addFlags: (command) =>
    addAskedFlags(command)
      .option('--older-than <time>', 'prune: forget what was sent longer ago, such as 400d', durationFlag)
      .option(
        '--from <dir>',
        'rebuild: also what the receipts of another host in this directory say; repeatable',
        collect,
      ),
  help: `
The ledger is in the state directory, beside the receipts. Workers may run meanwhile.
The audit log keeps who asked for it.

  rebuild   puts every receipt of receipts/ into it; a damaged ledger is put aside first
  prune     forgets what was sent longer ago: such a file is sent again by the same send, once Temporal has forgotten it
  compact   gives back the disk space that prune has freed
`,
  examples: [
    'ferry ledger rebuild',
    'ferry ledger rebuild --from /mnt/other-host/receipts',
    'ferry ledger prune --older-than 400d',
    'ferry ledger compact',
  ],
  load: () => (require('./run') as typeof Ledger).runLedger,
};

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
