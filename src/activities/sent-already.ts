import type { InspectInput, Receipt } from '../contract';
import type { ActivityDeps } from './deps';

/**
 * The receipt of an earlier send of the same content, from the ledger of this host or from the sender. Undefined when
 * there is none. Reads the file only when a receipt exists. LEDGER_UNAVAILABLE.
 */
export async function sentAlready(
  { ledger }: ActivityDeps,
  { sendKey, sentBefore, expectedMd5 }: InspectInput,
  digest: () => Promise<string>,
): Promise<Receipt | undefined> {
  // A host that takes a transfer over continues it.
  if (typeof sendKey !== 'string' || expectedMd5 !== undefined) return undefined;
  const known = await ledger.sentUnder(sendKey);
  const sent = sentBefore === undefined ? known : [...known, sentBefore];
  if (sent.length === 0) return undefined;
  const md5 = await digest();
  return sent.findLast((receipt) => receipt.md5 === md5);
}
