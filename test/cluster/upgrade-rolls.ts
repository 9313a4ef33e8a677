/** The rolls of the drill `upgrade`: each host's worker of the earlier version gives way to one of this tree. */
import type { Client } from '@temporalio/client';
import type { WorkerName } from '../chaos/kit/plan';
import { waitFor } from '../support/wait-for';
import type { TimedOut } from './histories';
import type { ClusterSite } from './site';

/** As long as a pod may take, see deploy/helm. */
export const DRAIN_WITHIN_MS = 45_000;

const ROLLS: readonly (readonly [old: WorkerName, fresh: WorkerName])[] = [
  ['worker-a', 'worker-a2'],
  ['worker-b', 'worker-b2'],
];

export interface Upgrade {
  /** Transfers, before and after each worker. */
  readonly underWay: readonly number[];
  readonly drains: readonly Drain[];
  readonly jobWasRunning: boolean;
}

/** From SIGTERM until the old worker was gone, in milliseconds since the epoch. */
export interface Drain {
  readonly from: number;
  readonly to: number;
}

export const lengthOf = ({ from, to }: Drain): number => to - from;

/**
 * Whether the task may have been lost in a drain. Histories tell, to the second, when a workflow task was taken; of an
 * attempt of an activity they tell only between which times it was taken.
 */
export function isOfUpgrade({ scheduledAt, taken, lostBy }: TimedOut, { drains }: Upgrade): boolean {
  const [after, before] = taken === null ? [scheduledAt, lostBy] : [taken.at, taken.at];
  return drains.some(({ from, to }) => before >= from - 1000 && after <= to);
}

export async function upgradeAll(site: ClusterSite, client: Client, say: (line: string) => void): Promise<Upgrade> {
  const underWay = [await running(client, 'transfer')];
  const drains: Drain[] = [];
  for (const [before, after] of ROLLS) {
    const drain = await roll(site, before, after);
    drains.push(drain);
    underWay.push(await running(client, 'transfer'));
    say(`${before} gave way to ${after} within ${lengthOf(drain)} ms; ${underWay.at(-1)} transfers under way`);
  }
  return { underWay, drains, jobWasRunning: (await running(client, 'job')) > 0 };
}

/** The new worker starts, then the old one drains. */
async function roll(site: ClusterSite, before: WorkerName, after: WorkerName): Promise<Drain> {
  await site.parts[after].start();
  const old = site.parts[before];
  const from = Date.now();
  old.signal('SIGTERM');
  await waitFor(() => (old.isAlive() ? undefined : true), DRAIN_WITHIN_MS * 2);
  return { from, to: Date.now() };
}

/** Workflows of a type, by the index. */
export async function running({ workflow }: Client, type: string): Promise<number> {
  const { count } = await workflow.count(`WorkflowType = '${type}' AND ExecutionStatus = 'Running'`);
  return count;
}
