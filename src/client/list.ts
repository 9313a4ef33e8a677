import type { TransferState } from '../contract';
import { mapInLanes } from '../lib/lanes';
import type { ClientContext } from './context';
import { whenKnown } from './failures';
import { takeSnapshot, type Snapshot } from './snapshot';
import { closedStatus, createViewReader, isDone, statusOf } from './status';
import type { ListFilter, TransferStatus } from './types';
import { ALL_STATES, search } from './visibility';

const DEFAULT_LIMIT = 50;
const LANES = 8;

/**
 * The most transfers that are queried for their exact state. The status of the others comes from the server and is
 * marked stale.
 */
const MOST_QUERIED = 50;

const OPEN: readonly TransferState[] = ['running', 'waiting', 'paused', 'parked'];
const CLOSED: readonly TransferState[] = ['done', 'failed', 'cancelled'];

/**
 * Newest first. The row of a done transfer comes from the index alone, unless receipts are requested. A failed or
 * cancelled transfer is read for its error, a running transfer for its state. An id that ran several times has one row,
 * for the last run.
 */
export async function listTransfers(context: ClientContext, filter: ListFilter): Promise<readonly TransferStatus[]> {
  const { limit = DEFAULT_LIMIT, states = ALL_STATES } = filter;
  if (limit < 1 || states.length === 0) return [];
  const searches = [openSearch(states, limit), closedSearch(states, limit)].filter((each) => each.states.length > 0);
  const found = await Promise.all(searches.map((each) => search(context.server, { ...filter, ...each }, each.most)));
  const candidates = newestOfEachId(found.flat(), (row) => row);
  const detail = createDetail(context, filter.receipts === true);
  return firstIn(states, limit, candidates, detail);
}

/**
 * The first rows in these states. The index does not know every state: a transfer that waits between attempts is running
 * there. So rows are read until enough of them match.
 */
export async function firstIn<Found, Row extends { readonly state: TransferState }>(
  states: readonly TransferState[],
  limit: number,
  found: readonly Found[],
  read: (found: Found) => Promise<Row | null>,
): Promise<readonly Row[]> {
  const chosen: Row[] = [];
  for (let at = 0; at < found.length && chosen.length < limit; at += limit) {
    const rows = await mapInLanes(found.slice(at, at + limit), LANES, read);
    chosen.push(...rows.filter((row) => row !== null).filter(({ state }) => states.includes(state)));
  }
  return chosen.slice(0, limit);
}

interface Search {
  readonly states: readonly TransferState[];
  /** Rows to read. */
  readonly most: number;
}

/** The index does not tell waiting from running: when only one of the two is requested, many more rows must be read. */
function openSearch(states: readonly TransferState[], limit: number): Search {
  const wanted = states.filter((state) => OPEN.includes(state));
  const [running, waiting] = [wanted.includes('running'), wanted.includes('waiting')];
  if (running === waiting) return { states: wanted, most: limit };
  return { states: [...new Set<TransferState>([...wanted, 'running', 'waiting'])], most: Math.max(limit, 1000) };
}

/** The index orders closed transfers by their end. Some more rows make it likely that the newest by start are included. */
function closedSearch(states: readonly TransferState[], limit: number): Search {
  return { states: states.filter((state) => CLOSED.includes(state)), most: limit * 2 };
}

/** Newest first. */
export function newestOfEachId<Found>(found: readonly Found[], snapshotOf: (found: Found) => Snapshot): Found[] {
  const sorted = found.toSorted((a, b) => snapshotOf(b).startedAtMs - snapshotOf(a).startedAtMs);
  const seen = new Set<string>();
  return sorted.filter((each) => {
    const { transferId } = snapshotOf(each);
    return !seen.has(transferId) && seen.add(transferId);
  });
}

function createDetail(context: ClientContext, receipts: boolean): (row: Snapshot) => Promise<TransferStatus | null> {
  let queries = 0;
  let silent = false;
  return async (row) => {
    if (isDone(row)) {
      return receipts ? readDone(context, row) : doneRow(row);
    }
    const now = await latest(context, row);
    if (now === null) return null;
    if (now.status !== 'running' || silent || queries >= MOST_QUERIED) return statusOf(context, now);
    queries += 1;
    const status = await statusOf(context, now, createViewReader(context));
    // When no worker answers for one transfer, none will answer for the others.
    silent ||= status.stale;
    return status;
  };
}

/** From the memo, else from the result of the transfer; null when its history was deleted meanwhile. */
async function readDone(context: ClientContext, row: Snapshot): Promise<TransferStatus | null> {
  return whenKnown(() => statusOf(context, row));
}

function doneRow(row: Snapshot): TransferStatus {
  return closedStatus(row, { state: 'done', receipt: null, error: null });
}

/** The transfer as it is now; null when this row is of an earlier run, or the history was deleted meanwhile. */
async function latest({ server }: ClientContext, row: Snapshot): Promise<Snapshot | null> {
  return whenKnown(async () => {
    const now = await takeSnapshot(server, row.transferId);
    return now.runId === row.runId ? now : null;
  });
}
