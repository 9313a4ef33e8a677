import { basename } from 'node:path';
import type { FerryClient, ListFilter, TransferStatus } from '../../client/types';
import { isEnd, type TransferState } from '../../contract';
import { defined } from '../../lib/defined';
import { jobDocument } from '../job/shared/document';
import { jobTable } from '../job/shared/table';
import type { CommandEnvironment } from '../shared/command';
import { statusDocument } from '../shared/output/documents';
import { formatClock, formatSpan } from '../shared/output/durations';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { shortMessage, stepWord } from '../shared/follow/words';
import { columnsOf } from '../shared/io';
import { accountOf, readSettings, withClient, type Settings } from '../shared/settings';
import { tableLines, type Column } from '../shared/output/table';
import { cut, safe } from '../shared/output/text';

export interface ListOptions {
  readonly running?: boolean;
  readonly waiting?: boolean;
  readonly parked?: boolean;
  readonly failed?: boolean;
  readonly done?: boolean;
  readonly account?: string;
  /** Milliseconds. */
  readonly since?: number;
  readonly limit?: number;
}

const DAY_MS = 86_400_000;
const COUNTED = 1000;

export async function runList(environment: CommandEnvironment, options: ListOptions): Promise<ExitCode> {
  const { io, output, flags } = environment;
  const settings = await readSettings(io, flags);
  return withClient(settings, io, async (client) => {
    const transfers = await client.list({ ...filterOf(options), receipts: output.json });
    if (transfers.length === 0) await checkAccount(client, settings, options.account);
    const jobs = await client.jobs.list(filterOf(options));
    for (const transfer of transfers) output.document(statusDocument(transfer));
    for (const job of jobs) output.document(jobDocument(job));
    if (output.json) return EXIT.done;
    const columns = columnsOf(io.stdout);
    if (jobs.length > 0) output.answer(`${jobTable(jobs, columns, io.now()).join('\n')}\n`);
    const of = options.account === undefined ? '' : ` of account ${safe(options.account)}`;
    if (transfers.length === 0) output.note(`No transfers${of}.`);
    else output.answer(listLines(transfers, columns, io.now()).join('\n'));
    const lastDay = await client.list({ sinceMs: DAY_MS, limit: COUNTED, ...defined({ account: options.account }) });
    output.note(`last 24 h${of}: ${countWords(lastDay)}`);
    return EXIT.done;
  });
}

/**
 * Refuses a mistyped name instead of printing an empty list: ACCOUNT_UNKNOWN. An account that only other machines have
 * configured is known by its transfers.
 */
async function checkAccount(client: FerryClient, settings: Settings, name: string | undefined): Promise<void> {
  if (name === undefined || (await client.list({ account: name, limit: 1 })).length > 0) return;
  let known: readonly string[];
  try {
    known = Object.keys(settings.config.accounts);
  } catch {
    // A fault in the configuration does not stop a list.
    return;
  }
  if (known.length > 0) accountOf(settings, name);
}

function filterOf(options: ListOptions): ListFilter {
  const states = (['running', 'waiting', 'parked', 'failed', 'done'] as const).filter(
    (state) => options[state] === true,
  );
  return {
    ...(states.length === 0 ? {} : { states }),
    ...defined({ account: options.account, sinceMs: options.since }),
    limit: options.limit ?? 50,
  };
}

const COLUMNS: readonly Column[] = [
  { title: 'ID' },
  { title: 'STATE' },
  { title: 'STEP' },
  { title: 'FILE', shrink: true },
  { title: 'STARTED' },
];

/** A table. The reason is the last column if there is room, else a line below the row. */
function listLines(transfers: readonly TransferStatus[], columns: number, nowMs: number): string[] {
  const rows = transfers.map((transfer) => [
    transfer.transferId,
    transfer.state,
    isEnd(transfer.state) ? '' : stepWord(transfer.step),
    safe(basename(transfer.source) || transfer.source),
    formatClock(transfer.startedAt, nowMs),
  ]);
  const why = transfers.map((transfer) => whyWords(transfer, nowMs));
  if (why.every((reason) => reason === '')) return tableLines(COLUMNS, rows, columns);
  const wide = tableLines(
    [...COLUMNS, { title: 'WHY' }],
    rows.map((row, index) => [...row, why[index] ?? '']),
    Infinity,
  );
  if (wide.every((line) => line.length <= columns)) return wide;
  const narrow = tableLines(COLUMNS, rows, columns);
  return narrow.flatMap((line, index) => {
    const reason = index === 0 ? '' : (why[index - 1] ?? '');
    return reason === '' ? [line] : [line, cut(`    WHY ${reason}`, columns)];
  });
}

/** `Storage answered 503 since 14:02 (4 min)`; empty where there is nothing to say. */
function whyWords({ error, heldSince, waitingFor }: TransferStatus, nowMs: number): string {
  const reason =
    (error === null ? null : shortMessage(error.message).replace(/\.$/, '')) ??
    (waitingFor === undefined ? '' : `waits for ${waitingFor}`);
  if (reason === '' || heldSince === undefined) return safe(reason);
  return safe(`${reason}, since ${formatClock(heldSince, nowMs)} (${formatSpan(nowMs - Date.parse(heldSince))})`);
}

function countWords(transfers: readonly TransferStatus[]): string {
  const counts = new Map<TransferState, number>();
  for (const { state } of transfers) counts.set(state, (counts.get(state) ?? 0) + 1);
  if (counts.size === 0) return 'nothing';
  const more = transfers.length >= COUNTED ? ' (of the newest 1,000)' : '';
  return [...counts].map(([state, amount]) => `${amount.toLocaleString('en-US')} ${state}`).join(', ') + more;
}
