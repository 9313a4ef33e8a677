/** Maintenance of a ledger by a person's command. Workers may run at the same time; their writes wait for a moment. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'lmdb';
import { indexKey, messageOfRowKey, rowKey, rowsOfMessage, timeOf, type Row } from './entries';
import { isDamage, LedgerBusy, ledgerFailure } from './failures';
import { openGeneration, replaceGeneration, setAside, type Generation } from './generations';
import { receiptsIn } from './receipt-lines';
import { createRoomCheck } from './room';
import { giveBack } from './share';
import { BORN_AT, FILLED, MOVED, rowsIn, type Store } from './store';
import type { KeptReceipt } from './types';
import { committed, putRow, write } from './write';

/** Rows in one transaction: enough to be fast, and few enough that the write of a worker does not wait long. */
const BATCH = 2000;

export interface Rebuilt {
  readonly receipts: number;
  /** The new paths of a ledger that could not be opened; empty when it could be opened. */
  readonly setAside: readonly string[];
}

/**
 * Adds every receipt of `receiptsDir` to the ledger. A damaged ledger is set aside first; its facts about messages without
 * a receipt are lost then. LEDGER_UNAVAILABLE, also for a ledger that another process holds; DISK_FULL.
 */
export function rebuildLedger(directory: string, receiptsDir: string): Promise<Rebuilt> {
  return guarded(directory, async () => {
    const { generation, aside } = await openOrReplace(directory);
    return closing(generation, async ({ store }) => {
      let receipts = 0;
      let batch: KeptReceipt[] = [];
      const checkRoom = createRoomCheck(directory);
      const flush = async (): Promise<void> => {
        await checkRoom();
        const rows = batch.map((kept): Row => ({ kind: 'receipt', ...kept }));
        batch = [];
        await change(store, (quietly) => {
          for (const row of rows) putRow(store, row, quietly);
        });
      };
      for await (const kept of receiptsIn(receiptsDir)) {
        receipts += 1;
        if (batch.push(kept) >= BATCH) await flush();
      }
      await flush();
      await change(store, (quietly) => quietly(store.marks.put(FILLED, 1)));
      return { receipts, setAside: aside };
    });
  });
}

/** Rebuilds a ledger that does not exist yet, because receipts may be older. LEDGER_UNAVAILABLE, DISK_FULL. */
export async function fillLedger(directory: string, receiptsDir: string): Promise<void> {
  const isFilled = await guarded(directory, async () =>
    closing(await openGeneration(directory), ({ store }) => store.marks.get(FILLED) !== undefined),
  );
  if (!isFilled) await rebuildLedger(directory, receiptsDir);
}

async function openOrReplace(directory: string): Promise<{ generation: Generation; aside: readonly string[] }> {
  try {
    return { generation: await openGeneration(directory), aside: [] };
  } catch (error) {
    if (!isDamage(error)) throw error;
    const aside = await setAside(directory);
    return { generation: await openGeneration(directory), aside };
  }
}

export interface Pruned {
  /** Numbers of messages that were removed and that are left. */
  readonly removed: number;
  readonly kept: number;
}

/** Removes messages without a row since `before` (milliseconds since the epoch). Receipt files stay. */
export function pruneLedger(directory: string, before: number): Promise<Pruned> {
  return guarded(directory, async () =>
    closing(await openGeneration(directory), async ({ store }) => {
      const newest = new Map<string, number>();
      for (const { key, value } of store.rows.getRange()) {
        const message = messageOfRowKey(key);
        newest.set(message, Math.max(newest.get(message) ?? 0, Date.parse(timeOf(value))));
      }
      const old = [...newest].filter(([, at]) => at < before).map(([message]) => message);
      await bearLater(store, before);
      let removed = 0;
      for (let from = 0; from < old.length; from += BATCH) {
        removed += await forget(store, old.slice(from, from + BATCH), before);
      }
      await forgetDialogs(store, before);
      return { removed, kept: newest.size - removed };
    }),
  );
}

/** Intents from before this time may be missing from now on, so their absence must prove nothing. */
async function bearLater(store: Store, before: number): Promise<void> {
  const bornAt = store.marks.get(BORN_AT) ?? Infinity;
  if (bornAt < before) await change(store, (quietly) => quietly(store.marks.put(BORN_AT, before)));
}

/**
 * Removes the messages that are still old. One transaction reads and removes, because a worker may have written an intent
 * of a message since the scan. Returns their number.
 */
async function forget(store: Store, messages: readonly string[], before: number): Promise<number> {
  const forgetAll = (): number | null => {
    if (store.marks.get(MOVED) !== undefined) return null;
    let forgotten = 0;
    for (const message of messages) {
      const rows = rowsIn(store, rowsOfMessage(message));
      if (rows.some((row) => Date.parse(timeOf(row)) >= before)) continue;
      forgotten += 1;
      for (const row of rows) {
        const key = indexKey(row);
        if (key !== null) store.index.removeSync(key);
        store.rows.removeSync(rowKey(row));
      }
    }
    return forgotten;
  };
  const forgotten = await committed(store, () => store.marks.transaction(forgetAll));
  if (forgotten === null) throw replaced();
  return forgotten;
}

const replaced = (): Error => new LedgerBusy('another command replaced it at the same time; try again');

async function forgetDialogs(store: Store, before: number): Promise<void> {
  const old = Array.from(store.dialogs.getRange()).filter(({ value }) => Date.parse(value.at) < before);
  await change(store, (quietly) => {
    for (const { key } of old) quietly(store.dialogs.remove(key));
  });
}

export interface Compacted {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/** Makes the file smaller after pruning. LMDB uses freed space again, but never shortens its file. */
export function compactLedger(directory: string): Promise<Compacted> {
  return guarded(directory, async () => {
    const generation = await openGeneration(directory);
    const bytesBefore = sizeOf(directory, generation.number);
    await closing(generation, async (old) => {
      await createRoomCheck(directory, 2 * bytesBefore)();
      await replaceGeneration(directory, old, copy);
    });
    const compacted = await openGeneration(directory);
    return closing(compacted, ({ number }) => ({ bytesBefore, bytesAfter: sizeOf(directory, number) }));
  });
}

function copy(old: Store, made: Store): void {
  for (const name of [FILLED, BORN_AT]) {
    const mark = old.marks.get(name);
    if (mark !== undefined) made.marks.putSync(name, mark);
  }
  copyDatabase(old.rows, made.rows);
  copyDatabase(old.index, made.index);
  copyDatabase(old.dialogs, made.dialogs);
}

function copyDatabase<T>(from: Database<T, string>, to: Database<T, string>): void {
  let batch: { readonly key: string; readonly value: T }[] = [];
  const flush = (): void => {
    to.transactionSync(() => {
      for (const { key, value } of batch) to.putSync(key, value);
    });
    batch = [];
  };
  for (const entry of from.getRange()) {
    if (batch.push(entry) >= BATCH) flush();
  }
  flush();
}

function sizeOf(directory: string, number: number): number {
  return statSync(join(directory, `generation-${number}`, 'data.mdb')).size;
}

async function change(store: Store, changes: Parameters<typeof write>[1]): Promise<void> {
  if (!(await write(store, changes))) throw replaced();
}

async function closing<T>(generation: Generation, work: (generation: Generation) => Promise<T> | T): Promise<T> {
  try {
    return await work(generation);
  } finally {
    await giveBack(generation.store);
  }
}

async function guarded<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw ledgerFailure(error, directory);
  }
}
