import type { ClearResult, LaunchInput } from '../../contract';
import { clearSent, readSchedule } from '../../jobs';
import type { ActivityDeps } from '../deps';
import type { Attempt } from '../edge';
import { runDeps } from './run-deps';

const MOST_REASONS = 10;

/** Moves or deletes the sent files of a schedule once the ledger has their receipts. */
export async function clear(
  deps: ActivityDeps,
  { schedule }: LaunchInput,
  attempt: Attempt<never>,
): Promise<ClearResult> {
  const { cleared, left, problems } = await clearSent(
    readSchedule(deps.jobs.stateDir, schedule),
    runDeps(deps, attempt),
  );
  return { cleared, left, reasons: problems.slice(0, MOST_REASONS) };
}
