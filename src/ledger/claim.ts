import { entriesOf, indexKey, indexOfSendKey, receiptsIn, rowKey, rowKeyOfIndexKey, rowsOfTransfer } from './entries';
import type { Row } from './entries';
import { MOVED, rowsIn, type Store } from './store';
import type { Claim, Intent } from './types';
import { committed } from './write';

/**
 * Answers the intents, and writes the claimed intents, in one durable transaction. Null when the store has been
 * replaced: then nothing was written.
 */
export function claim(store: Store, intents: readonly Intent[]): Promise<readonly Claim[] | null> {
  const answerAll = (): readonly Claim[] | null => {
    if (store.marks.get(MOVED) !== undefined) return null;
    return intents.map((intent) => {
      const answer = answerTo(store, intent);
      if (answer.kind === 'claimed' && !isTakenOver(store, intent)) put(store, { kind: 'intent', ...intent });
      return answer;
    });
  };
  return committed(store, () => store.marks.transaction(answerAll));
}

function answerTo(store: Store, { sendKey = null, transferId, md5 }: Intent): Claim {
  if (sendKey === null) return { kind: 'claimed' };
  const rows = Array.from(store.index.getKeys(indexOfSendKey(sendKey)), rowKeyOfIndexKey)
    .map((key) => store.rows.get(key))
    .filter((row) => row !== undefined);
  // The same transfer may have published another content under its id before.
  const receipt = receiptsIn(rows).findLast((one) => one.md5 === md5);
  if (receipt !== undefined) return { kind: 'sent', receipt };
  const others = new Set(rows.flatMap((row) => (row.kind === 'intent' ? [row.transferId] : [])));
  others.delete(transferId);
  for (const other of others) {
    const { intents } = entriesOf(rowsIn(store, rowsOfTransfer(other)));
    const by = intents.findLast((one) => one.md5 === md5 && one.sendKey === sendKey);
    if (by !== undefined) return { kind: 'taken', by };
  }
  return { kind: 'claimed' };
}

/**
 * True when a later attempt has an open intent for the message. Then an attempt that was frozen in its claim has woken:
 * the fence stops its frame, and it withdraws its own intent, which must not be the only intent.
 */
function isTakenOver(store: Store, { transferId, relativePath, at }: Intent): boolean {
  const { intents } = entriesOf(rowsIn(store, rowsOfTransfer(transferId)));
  return intents.some((open) => open.relativePath === relativePath && Date.parse(open.at) > Date.parse(at));
}

function put(store: Store, row: Row): void {
  store.rows.putSync(rowKey(row), row);
  const key = indexKey(row);
  if (key !== null) store.index.putSync(key, 1);
}
