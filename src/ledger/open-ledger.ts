import { claim } from './claim';
import { deliveredKey, dialogKey, entriesOf, indexOfSendKey, receiptsIn, rowKeyOfIndexKey } from './entries';
import { rowsOfTransfer, type Row } from './entries';
import { pause } from '../lib/pause';
import { groupRuns } from '../lib/shared-call';
import { isStoreFault, LedgerBusy, ledgerFailure } from './failures';
import { isInPlace } from './generations';
import { createRoomCheck } from './room';
import { retire } from './share';
import { BORN_AT, MOVED, rowsIn, type Store } from './store';
import { StoreUsers } from './store-users';
import type { Claim, Intent, Ledger } from './types';
import { putRow, write } from './write';

/** Only a person's command replaces a store: more replacements than these within one call are a loop. */
const MOST_TRIES = 5;

export interface LedgerOptions {
  /** With less free space than this on the disk, writes fail with DISK_FULL. @default 16 MiB */
  readonly leastRoomBytes?: number;
  /** With more of the store than this in memory, it is closed and opened again. @default 32 MiB */
  readonly mostMappedBytes?: number;
}

/** The deliveries of this time share a commit. A kill costs an upload for each delivery that waits. */
const DELIVERIES_WITHIN_MS = 100;

const MOST_MAPPED_BYTES = 32 * 1024 ** 2;

/**
 * The ledger in `directory`, which must lie on a disk of this machine: LMDB's locks and memory maps do not work over a
 * network. Several processes may open it. It is opened at the first use and again after a failure, so a repaired ledger
 * is used without a restart.
 */
export function openLedger(
  directory: string,
  { leastRoomBytes, mostMappedBytes = MOST_MAPPED_BYTES }: LedgerOptions = {},
): Ledger {
  const checkRoom = createRoomCheck(directory, leastRoomBytes);
  const users = new StoreUsers(directory, mostMappedBytes);
  let closed = false;
  const underWay = new Set<Promise<unknown>>();

  async function use<T>(work: (store: Store) => Promise<T | typeof REPLACED> | T | typeof REPLACED): Promise<T> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      if (closed) throw new Error('it was closed');
      const done = await users.use(async (opened, leave) => {
        const { store } = opened;
        try {
          // A damaged store cannot be marked when it is put aside.
          const result = isInPlace(directory, opened) ? await work(store) : REPLACED;
          if (result === REPLACED) leave();
          return result;
        } catch (error) {
          // Nothing was written. What the library holds in memory is wrong: the next call opens the file again.
          if (isStoreFault(error)) {
            retire(store);
            leave();
          }
          throw error;
        }
      });
      if (done !== REPLACED) return done;
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

  /** Rows that wait for others, and their common commit. */
  let batch: { readonly rows: Row[]; readonly written: Promise<void> } | null = null;

  const startBatch = () => {
    const rows: Row[] = [];
    const write = async (): Promise<void> => {
      await pause(DELIVERIES_WITHIN_MS);
      batch = null;
      await append(rows);
    };
    return { rows, written: guarded(write()) };
  };

  const appendSoon = (row: Row): Promise<void> => {
    batch ??= startBatch();
    batch.rows.push(row);
    return batch.written;
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
    deliver: (delivered) => appendSoon({ kind: 'delivered', ...delivered }),
    keep: (...kept) => append(kept.map((one) => ({ kind: 'receipt', ...one }))),
    async close() {
      closed = true;
      await Promise.allSettled(underWay);
      await users.close();
    },
  };
}

const REPLACED = Symbol('replaced');
