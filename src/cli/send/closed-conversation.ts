import type { FerryClient, TransferOutcome } from '../../client/types';
import type { Receipt } from '../../contract';
import type { FollowItem } from '../follow/tracked';

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
