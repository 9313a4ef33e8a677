/** Flags and words that cancel, pause, resume and retry share. */
import type { Command } from 'commander';
import { addAskedFlags } from '../flags/transfer-flags';

export const TAKES_EFFECT_LATER =
  'Kept by Temporal at once; where no worker serves a transfer, it takes effect as soon as one does.';

/** Which transfers are meant: ids as arguments, or a filter. A filter asks before it does anything. */
export function addSelectionFlags(command: Command): Command {
  return addAskedFlags(command)
    .option('--account <name>', 'all of this account')
    .option('--all', 'all of every account')
    .option('--reason <code>', 'only those that stand for this reason, such as DISK_FULL')
    .option('--yes', 'do not ask first');
}
