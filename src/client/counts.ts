import { mapInLanes } from '../lib/lanes';
import type { TransferState } from '../contract';
import type { ClientContext } from './context';
import type { TransferCounts } from './types';
import { ALL_STATES, countTransfers, search } from './visibility';

const LANES = 4;

/** So many parked transfers are read: two pages of the list. */
const MOST_PARKED = 1000;

/** Counts transfers by Temporal's index alone: cheap, and a few seconds old. Asks no worker. */
export async function readCounts({ server }: ClientContext): Promise<TransferCounts> {
  const [counts, parked] = await Promise.all([
    mapInLanes(ALL_STATES, LANES, async (state): Promise<[TransferState, number]> => [
      state,
      await countTransfers(server, state),
    ]),
    search(server, { states: ['parked'] }, MOST_PARKED),
  ]);
  const groups = new Map<string, { account: string; code: string; count: number }>();
  for (const { account, memo } of parked) {
    const code = memo.parked?.code ?? 'UNKNOWN';
    const key = `${account} ${code}`;
    const group = groups.get(key) ?? { account, code, count: 0 };
    groups.set(key, { ...group, count: group.count + 1 });
  }
  return { states: Object.fromEntries(counts) as Record<TransferState, number>, parked: [...groups.values()] };
}
