import { isFerryError } from '../errors';
import { SHARED_QUEUE, type TransferState } from '../contract';
import { mapInLanes } from '../lib/lanes';
import type { ClientContext } from './context';
import { whenKnown } from './failures';
import { takeSnapshot } from './snapshot';
import { statusOf } from './status';
import type { Health } from './types';
import { ALL_STATES, countTransfers, search } from './visibility';

const LANES = 8;

/** The hosts are taken from this many running transfers. */
const MOST_LOOKED_AT = 200;

/** The most transfers that are read individually, which takes about a second. */
const MOST_WEIGHED = 1000;

/** Does not throw when Temporal is away; the result says so. */
export async function readHealth(context: ClientContext): Promise<Health> {
  const { server, workers } = context;
  const temporal = { address: server.address, namespace: server.namespace };
  try {
    const [hosts, workflowWorkers, counts] = await Promise.all([
      servedHosts(context),
      workers.count(SHARED_QUEUE, 'workflow'),
      countStates(context),
    ]);
    return { temporal: { ...temporal, reachable: true }, hosts, workflowWorkers, counts };
  } catch (error) {
    if (!isFerryError(error) || error.code !== 'TEMPORAL_UNREACHABLE') throw error;
    return { temporal: { ...temporal, reachable: false }, hosts: [], workflowWorkers: 0, counts: {} };
  }
}

async function servedHosts(context: ClientContext): Promise<readonly string[]> {
  const [running, listed] = await Promise.all([
    search(context.server, { states: ['running', 'waiting', 'paused', 'parked'] }, MOST_LOOKED_AT),
    context.workers.reportedHosts(),
  ]);
  const known = [context.hostId, ...running.map(({ memo }) => memo.host), ...listed];
  return await context.workers.servedOf(known.filter((host) => host !== ''));
}

async function countStates(context: ClientContext): Promise<Health['counts']> {
  const counts = await mapInLanes(ALL_STATES, LANES, (state) => countTransfers(context.server, state));
  const known = new Map(ALL_STATES.map((state, index): [TransferState, number] => [state, counts[index] ?? 0]));
  const running = known.get('running') ?? 0;
  const held = running === 0 ? 0 : Math.min(running, await countHeld(context));
  known.set('running', running - held).set('waiting', (known.get('waiting') ?? 0) + held);
  return Object.fromEntries([...known].filter(([, count]) => count > 0));
}

/** Counts the waiting transfers that the index lists as running. In an outage, most transfers wait. */
async function countHeld(context: ClientContext): Promise<number> {
  const running = await search(context.server, { states: ['running'] }, MOST_WEIGHED);
  const waits = await mapInLanes(running, LANES, async ({ transferId }) => {
    const isHeld = await whenKnown(async () => {
      const now = await takeSnapshot(context.server, transferId);
      return now.status === 'running' && (await statusOf(context, now)).state === 'waiting';
    });
    return isHeld === true;
  });
  return waits.filter(Boolean).length;
}
