import type { InspectInput, Receipt } from '../contract';
import type { ActivityDeps } from './deps';

/**
 * The receipt of an earlier send of this very content, by the ledger of this host or by what the sender knows. Undefined
 * when there is none. The file is read only when there is something to compare it with. LEDGER_UNAVAILABLE.
 */
export async function sentAlready(
  { ledger }: ActivityDeps,
  { sendKey, sentBefore, expectedMd5 }: InspectInput,
  digest: () => Promise<string>,
): Promise<Receipt | undefined> {
  // A host that takes a transfer over goes on with it.
  if (typeof sendKey !== 'string' || expectedMd5 !== undefined) return undefined;
  const known = await ledger.sentUnder(sendKey);
  const sent = sentBefore === undefined ? known : [...known, sentBefore];
  if (sent.length === 0) return undefined;
  const md5 = await digest();
  return sent.findLast((receipt) => receipt.md5 === md5);
}
