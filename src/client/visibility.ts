/** Searches for transfers. No other file writes the query language of Temporal. */
import { SEARCH_ATTRIBUTES, WORKFLOW, type TransferState } from '../contract';
import { jobSnapshotOfInfo, snapshotOfInfo, type Info, type JobSnapshot, type Snapshot } from './snapshot';
import type { Temporal } from './temporal';

const STATE = SEARCH_ATTRIBUTES.state;

/** The search in Temporal's query language. */
const KIND = {
  transfers: `WorkflowType IN ('${WORKFLOW.transfer}', '${WORKFLOW.fetch}')`,
  jobs: `WorkflowType = '${WORKFLOW.job}'`,
} as const;
type Kind = keyof typeof KIND;

const RUNNING = "ExecutionStatus = 'Running'";
const COMPLETED = "ExecutionStatus = 'Completed'";

/**
 * The query for the executions in a state. The index does not know of pauses between attempts and of missing workers, so
 * it lists some waiting transfers as running.
 */
const STATE_CLAUSES: Readonly<Record<TransferState, string>> = {
  running: `${RUNNING} AND (${STATE} IS NULL OR ${STATE} NOT IN ('waiting', 'paused', 'parked'))`,
  waiting: `${RUNNING} AND ${STATE} = 'waiting'`,
  paused: `${RUNNING} AND ${STATE} = 'paused'`,
  parked: `${RUNNING} AND ${STATE} = 'parked'`,
  done: `${COMPLETED} AND (${STATE} IS NULL OR ${STATE} NOT IN ('failed', 'cancelled'))`,
  failed:
    `((ExecutionStatus IN ('Failed', 'TimedOut') AND (${STATE} IS NULL OR ${STATE} != 'cancelled')) ` +
    `OR ExecutionStatus = 'Terminated' OR (${COMPLETED} AND ${STATE} = 'failed'))`,
  cancelled:
    `(ExecutionStatus = 'Canceled' OR (ExecutionStatus = 'Failed' AND ${STATE} = 'cancelled') ` +
    `OR (${COMPLETED} AND ${STATE} = 'cancelled'))`,
};

export const ALL_STATES = Object.keys(STATE_CLAUSES) as readonly TransferState[];

export interface Search {
  readonly states: readonly TransferState[];
  readonly account?: string | undefined;
  readonly sinceMs?: number | undefined;
}

function queryOf(kind: Kind, { states, account, sinceMs }: Search): string {
  const clauses = [KIND[kind], `(${states.map((state) => `(${STATE_CLAUSES[state]})`).join(' OR ')})`];
  if (account !== undefined) clauses.push(`${SEARCH_ATTRIBUTES.account} = '${escape(account)}'`);
  if (sinceMs !== undefined) clauses.push(`StartTime >= '${new Date(Date.now() - sinceMs).toISOString()}'`);
  return clauses.join(' AND ');
}

function escape(text: string): string {
  return text.replace(/[\\']/g, '\\$&');
}

const PAGE = 500;
const MOST_IDS = 50;

/** At most `most` executions in the order of the server: running by start, closed by end, newest first. */
export async function search(server: Temporal, wanted: Search, most: number): Promise<readonly Snapshot[]> {
  const found = await searchInfos(server, queryOf('transfers', wanted), most);
  return found.map((info) => snapshotOfInfo(server, info));
}

/** Like {@link search}. */
export async function searchJobs(server: Temporal, wanted: Search, most: number): Promise<readonly JobSnapshot[]> {
  const found = await searchInfos(server, queryOf('jobs', wanted), most);
  return found.map((info) => jobSnapshotOfInfo(server, info));
}

export async function searchInfos(server: Temporal, query: string, most: number): Promise<readonly Info[]> {
  const found: Info[] = [];
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const request = {
      namespace: server.namespace,
      pageSize: Math.min(PAGE, most - found.length),
      query,
      nextPageToken,
    };
    const page = await server.call(() => server.service.listWorkflowExecutions(request));
    found.push(...(page.executions ?? []));
    nextPageToken = page.nextPageToken ?? new Uint8Array();
  } while (nextPageToken.length > 0 && found.length < most);
  return found;
}

/** The ids with this prefix, newest first. An id appears once for each of its runs that the server keeps. */
export async function idsBeginningWith(server: Temporal, kind: Kind, prefix: string): Promise<readonly string[]> {
  const query = `${KIND[kind]} AND WorkflowId STARTS_WITH '${escape(prefix)}'`;
  // Several, because an id that failed and was sent anew is listed once for each run.
  const found = await searchInfos(server, query, MOST_IDS);
  const ids = found.map(({ execution }) => execution?.workflowId ?? '');
  return [...new Set(ids)].filter((id) => id.startsWith(prefix));
}

export async function countTransfers(server: Temporal, state: TransferState): Promise<number> {
  const query = queryOf('transfers', { states: [state] });
  const { count } = await server.call(() =>
    server.service.countWorkflowExecutions({ namespace: server.namespace, query }),
  );
  return count?.toNumber() ?? 0;
}
