/** Work that is left for a repeated send: fetch the file to another directory, and warn about a closed conversation. */
import { basename, join } from 'node:path';
import type { FerryClient, TransferOutcome } from '../../client/types';
import type { Receipt } from '../../contract';
import { toFerryError } from '../../errors';
import { outcomeIn } from '../shared/follow/follower';
import type { FollowItem } from '../shared/follow/tracked';
import type { Sending } from './types';

/**
 * For an equal send that was done before: fetches the file when this send wants it in another directory, or when the
 * earlier fetch failed. Nothing is sent. Returns the outcome to print; null when following ended meanwhile.
 */
export async function fetchElsewhere(
  { client, plan }: Sending,
  item: FollowItem,
  outcome: TransferOutcome,
  signal: AbortSignal,
): Promise<TransferOutcome | null> {
  const { receipt } = outcome;
  if (!item.repeated || plan.fetchTo === null || receipt === null) return outcome;
  const target = join(plan.fetchTo, basename(item.source));
  if (receipt.fetchedTo === target && outcome.state === 'done') return outcome;
  try {
    const { transferId } = await client.fetch({
      what: item.transferId,
      to: target,
      account: plan.account.name,
      consumer: plan.consumer,
      host: plan.host,
    });
    const fetched = await endOf(client, transferId, signal);
    return fetched.receipt === null
      ? fetched
      : { ...fetched, receipt: { ...receipt, ...fetchedFacts(fetched.receipt) } };
  } catch (error) {
    if (signal.aborted) return null;
    const { code, message, remedy } = toFerryError(error);
    return { state: 'failed', receipt, error: { code, message, remedy } };
  }
}

async function endOf(client: Sending['client'], transferId: string, signal: AbortSignal): Promise<TransferOutcome> {
  for await (const event of client.watch(transferId, { signal })) {
    const outcome = outcomeIn(event);
    if (outcome !== null) return outcome;
  }
  return client.result(transferId, signal);
}

function fetchedFacts({ fetchedTo, bytesFetched, sha256 }: NonNullable<TransferOutcome['receipt']>): {
  fetchedTo: string | null;
  bytesFetched: number;
  sha256: string | null;
} {
  return { fetchedTo, bytesFetched, sha256 };
}

/**
 * True when a repeated send was done before and its conversation is closed by now: the sender may believe that somebody
 * there still sees the file. Asks once for each conversation; an unknown state counts as open.
 */
export function createClosedCheck(
  client: Pick<FerryClient, 'conversationIsOpen'>,
): (item: FollowItem, outcome: TransferOutcome) => Promise<boolean> {
  const asked = new Map<string, Promise<boolean | null>>();
  const ask = (of: Receipt, conversationId: string): Promise<boolean | null> => {
    const { account, consumer } = of;
    const asking = asked.get(conversationId) ?? client.conversationIsOpen({ account, consumer, conversationId });
    asked.set(conversationId, asking);
    return asking;
  };
  return async ({ repeated }, { state, receipt }) => {
    if (!repeated || state !== 'done' || receipt === null || receipt.conversationId === null) return false;
    return (await ask(receipt, receipt.conversationId)) === false;
  };
}
