import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Asked, HostAction } from '../../contract';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { lazy } from '../shared/lazy';
import { keepOnRecord } from '../shared/on-record';
import { formatBytes } from '../../lib/bytes';
import { usageError } from '../shared/output/output';
import { count } from '../shared/output/text';
import { readSettings, upStateDir } from '../shared/settings';

export interface LedgerOptions extends Asked {
  /** Milliseconds. */
  readonly olderThan?: number;
  /** Directories with the receipts of other hosts. */
  readonly from?: readonly string[];
}

/** Upkeep of the ledger of this host. It needs no Temporal. */
export async function runLedger(
  environment: CommandEnvironment,
  options: LedgerOptions,
  [action = '']: readonly string[],
): Promise<ExitCode> {
  const { io, flags } = environment;
  const stateDir = upStateDir(io, flags);
  const directory = join(stateDir, 'ledger');
  if (action !== 'prune' && options.olderThan !== undefined) {
    throw usageError('--older-than belongs to ferry ledger prune.');
  }
  if (action !== 'rebuild' && options.from !== undefined) {
    throw usageError('--from belongs to ferry ledger rebuild.');
  }
  switch (action) {
    case 'rebuild':
      await rebuild(environment, directory, join(stateDir, 'receipts'), options);
      break;
    case 'prune':
      await prune(environment, directory, options);
      break;
    case 'compact':
      await compact(environment, directory, options);
      break;
    default:
      throw usageError(`There is no action ${JSON.stringify(action)}: write rebuild, prune or compact.`);
  }
  return EXIT.done;
}

async function rebuild(
  environment: CommandEnvironment,
  directory: string,
  receiptsDir: string,
  options: LedgerOptions,
): Promise<void> {
  const { io, output } = environment;
  const otherDirs = (options.from ?? []).map((other) => resolve(io.cwd, other));
  const missing = otherDirs.find((other) => !existsSync(other));
  if (missing !== undefined) throw usageError(`There is no directory ${missing} with receipts of another host.`);
  await onRecord(environment, 'rebuildLedger', options);
  const { receipts, setAside } = await lazy.ledger().rebuildLedger(directory, receiptsDir);
  const from: { readonly directory: string; readonly receipts: number }[] = [];
  for (const other of otherDirs) {
    from.push({ directory: other, receipts: (await lazy.ledger().rebuildLedger(directory, other)).receipts });
  }
  const also = from.length === 0 ? {} : { from };
  output.document({ type: 'status', v: 1, action: 'rebuild', directory, receipts, setAside, ...also });
  const sources = [{ directory: receiptsDir, receipts }, ...from]
    .map((source) => `${count(source.receipts, 'receipt')} of ${source.directory}`)
    .join(', ');
  const aside = setAside.length === 0 ? '' : `\nThe damaged ledger is now ${setAside.join(', ')}.`;
  output.answer(`The ledger in ${directory} has ${sources}.${aside}`);
}

async function prune(environment: CommandEnvironment, directory: string, options: LedgerOptions): Promise<void> {
  const { io, output } = environment;
  const { olderThan } = options;
  if (olderThan === undefined) throw usageError('Say how long ago: ferry ledger prune --older-than 400d.');
  await onRecord(environment, 'pruneLedger', options);
  const { removed, kept } = await lazy.ledger().pruneLedger(directory, io.now() - olderThan);
  output.document({ type: 'status', v: 1, action: 'prune', directory, removed, kept });
  output.answer(`The ledger in ${directory} has forgotten ${count(removed, 'message')} and keeps ${kept}.`);
}

async function compact(environment: CommandEnvironment, directory: string, options: LedgerOptions): Promise<void> {
  const { output } = environment;
  await onRecord(environment, 'compactLedger', options);
  const { bytesBefore, bytesAfter } = await lazy.ledger().compactLedger(directory);
  output.document({ type: 'status', v: 1, action: 'compact', directory, bytesBefore, bytesAfter });
  output.answer(`The ledger in ${directory} takes ${formatBytes(bytesAfter)}, before ${formatBytes(bytesBefore)}.`);
}

type LedgerAction = Extract<HostAction, `${string}Ledger`>;

/** Call it before the work, so that a failed attempt is on record as well. */
async function onRecord(environment: CommandEnvironment, action: LedgerAction, options: LedgerOptions): Promise<void> {
  const { io, flags } = environment;
  await keepOnRecord(environment, await readSettings(io, flags), { action }, options);
}
