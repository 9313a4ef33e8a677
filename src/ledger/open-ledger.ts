import { claim } from './claim';
import { deliveredKey, dialogKey, entriesOf, indexOfSendKey, receiptsIn, rowKeyOfIndexKey } from './entries';
import { rowsOfTransfer, type Row } from './entries';
import { groupRuns } from '../lib/shared-call';
import { isStoreFault, LedgerBusy, ledgerFailure } from './failures';
import { isInPlace, openGeneration, type Generation } from './generations';
import { createRoomCheck } from './room';
import { giveBack, retire } from './share';
import { BORN_AT, MOVED, rowsIn, type Store } from './store';
import type { Claim, Intent, Ledger } from './types';
import { putRow, write } from './write';

/** Only a person's command replaces a store: more replacements than these within one call are a loop. */
const MOST_TRIES = 5;

export interface LedgerOptions {
  /** With less free space than this on the disk, writes fail with DISK_FULL. @default 16 MiB */
  readonly leastRoomBytes?: number;
}

/**
 * The ledger in `directory`, which must lie on a disk of this machine: LMDB's locks and memory maps do not work over a
 * network. Several processes may open it. It is opened at the first use and again after a failure, so a repaired ledger
 * is used without a restart.
 */
export function openLedger(directory: string, { leastRoomBytes }: LedgerOptions = {}): Ledger {
  const checkRoom = createRoomCheck(directory, leastRoomBytes);
  let opening: Promise<Generation> | null = null;
  let closed = false;
  const underWay = new Set<Promise<unknown>>();

  function current(): Promise<Generation> {
    if (closed) throw new Error('it was closed');
    opening ??= openGeneration(directory).catch((error: unknown) => {
      opening = null;
      throw error;
    });
    return opening;
  }

  /** Closes the store once nothing uses it, because LMDB ends the process at a write to a closed store. */
  function leave(generation: Promise<Generation>): void {
    if (opening !== generation) return;
    opening = null;
    const close = async (): Promise<void> => {
      await Promise.allSettled(underWay);
      await giveBack((await generation).store);
    };
    close().catch(() => undefined);
  }

  async function use<T>(work: (store: Store) => Promise<T | typeof REPLACED> | T | typeof REPLACED): Promise<T> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const generation = current();
      const opened = await generation;
      const { store } = opened;
      try {
        // A damaged store cannot be marked when it is put aside.
        const done = isInPlace(directory, opened) ? await work(store) : REPLACED;
        if (done !== REPLACED) return done;
      } catch (error) {
        // Nothing was written. What the library holds in memory is wrong: the next call opens the file again.
        if (isStoreFault(error)) {
          retire(store);
          leave(generation);
        }
        throw error;
      }
      leave(generation);
    }
    throw new LedgerBusy('another process replaces the ledger again and again');
  }

  async function guarded<T>(work: Promise<T>): Promise<T> {
    underWay.add(work);
    try {
      return await work;
    } catch (error) {
      throw ledgerFailure(error, directory);
    } finally {
      underWay.delete(work);
    }
  }

  const waiting: Row[] = [];

  const writeWaiting = async (): Promise<void> => {
    const rows = waiting.splice(0);
    await guarded(
      use(async (store) => {
        await checkRoom();
        const done = await write(store, (quietly) => {
          for (const row of rows) {
            putRow(store, row, quietly);
            if (row.kind === 'receipt') quietly(store.rows.remove(deliveredKey(row.receipt)));
          }
        });
        return done ? undefined : REPLACED;
      }),
    );
  };
  const written = groupRuns(writeWaiting);

  /**
   * Rows that arrive during a commit share the next commit, because starting a transaction costs more than writing a
   * row.
   */
  const append = (rows: readonly Row[]): Promise<void> => {
    waiting.push(...rows);
    return written();
  };

  const claimAll = (intents: readonly Intent[]): Promise<readonly Claim[]> =>
    guarded(
      use(async (store) => {
        await checkRoom();
        return (await claim(store, intents)) ?? REPLACED;
      }),
    );

  const read = <T>(look: (store: Store) => T): Promise<T> =>
    guarded(
      use((store) => {
        // Without this, a process does not see the latest commit of another process for a moment.
        store.env.resetReadTxn();
        return store.marks.get(MOVED) === undefined ? look(store) : REPLACED;
      }),
    );

  return {
    ofTransfer: (transferId) => read((store) => entriesOf(rowsIn(store, rowsOfTransfer(transferId)))),
    ofTransfers: (transferIds) =>
      read((store) => transferIds.map((transferId) => entriesOf(rowsIn(store, rowsOfTransfer(transferId))))),
    bornAt: () => read(({ marks }) => marks.get(BORN_AT) ?? Infinity),
    lastSequence: (account, dialogId) =>
      read(({ dialogs }) => dialogs.get(dialogKey(account, dialogId))?.sequence ?? 0),
    sentUnder: (sendKey) =>
      read(({ index, rows }) => {
        const keys = Array.from(index.getKeys(indexOfSendKey(sendKey)), rowKeyOfIndexKey);
        return receiptsIn(keys.flatMap((key) => rows.get(key) ?? []));
      }),
    claim: (...intents) => claimAll(intents),
    withdraw: (...intents) => append(intents.map((intent) => ({ kind: 'withdrawn', ...intent }))),
    deliver: (delivered) => append([{ kind: 'delivered', ...delivered }]),
    keep: (...kept) => append(kept.map((one) => ({ kind: 'receipt', ...one }))),
    async close() {
      closed = true;
      await Promise.allSettled(underWay);
      const last = await opening?.catch(() => null);
      opening = null;
      if (last !== null && last !== undefined) await giveBack(last.store);
    },
  };
}

const REPLACED = Symbol('replaced');
