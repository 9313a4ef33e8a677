/** What a repeated send still asks for: the file in another directory, and a word when its conversation is closed. */
import { basename, join } from 'node:path';
import type { FerryClient, TransferOutcome } from '../../client/types';
import type { Receipt } from '../../contract';
import { toFerryError } from '../../errors';
import { outcomeIn } from '../shared/follow/follower';
import type { FollowItem } from '../shared/follow/tracked';
import type { Sending } from './types';

/**
 * An equal send was done before, but this one asks for the file in another directory (or the fetch back had failed):
 * its file is fetched, nothing is sent. Answers with what there is to tell; null when following ended meanwhile.
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
 * Tells, of a repeated send that was done before, whether its conversation is closed by now: then whoever sent it again may
 * believe that somebody there still sees it. Asks once for each conversation; when nobody can say, it is not closed.
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
