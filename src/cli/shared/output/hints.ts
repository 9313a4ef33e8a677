import { shellWord } from '../../../lib/shell-word';
import type { GlobalFlags } from '../command';

/** Flags that must be given again for a later command to reach the same Temporal and configuration. */
export function repeatedFlags(flags: GlobalFlags): string {
  const state = flags.state === undefined ? '' : ` --state ${shellWord(flags.state)}`;
  const config = flags.config === undefined ? '' : ` --config ${shellWord(flags.config)}`;
  return state + config;
}

/** How to follow again: `ferry watch ID` for one, `ferry list` for many. */
export function followAgain(flags: GlobalFlags, transferIds: readonly string[]): string {
  const [only] = transferIds;
  return transferIds.length === 1 && only !== undefined
    ? `ferry watch ${only}${repeatedFlags(flags)}`
    : `ferry list${repeatedFlags(flags)}`;
}

/** How to fetch the file of a done transfer. */
export function fetchCommand(flags: GlobalFlags, transferId: string): string {
  return `ferry fetch ${transferId} --to PATH${repeatedFlags(flags)}`;
}
