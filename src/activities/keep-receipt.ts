import { toFerryError } from '../errors';
import type { KeepReceiptInput } from '../contract';
import type { ActivityDeps } from './deps';
import { toApplicationFailure } from './edge';
import { checkedInput, INPUTS } from './inputs';

/** Keeps a receipt durably. A local activity: it has no heartbeat and no attempt of the server's, so no edge of its own. */
export async function keepReceipt({ receipts }: ActivityDeps, input: KeepReceiptInput): Promise<void> {
  try {
    await receipts.keep(checkedInput(INPUTS.keepReceipt, input));
  } catch (error) {
    throw toApplicationFailure(toFerryError(error), 1);
  }
}
