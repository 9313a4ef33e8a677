/** Describes one transfer for people: the output of `ferry status ID`. */
import { isEnd, type Asked } from '../../contract';
import type { TransferStatus } from '../../client/types';
import { ERROR_TABLE } from '../../errors/table';
import { publishedWords } from '../shared/follow/published';
import { formatBytes } from '../../lib/bytes';
import { formatClock, formatSpan } from '../shared/output/durations';
import { percent, shortMessage, stepWord } from '../shared/follow/words';
import type { Style } from '../shared/output/style';
import { remedyFor } from '../shared/output/remedy';
import { pad, safe } from '../shared/output/text';

export interface DescribeOptions {
  readonly nowMs: number;
  /** Of Temporal's web page; null when not known. */
  readonly uiUrl: string | null;
  readonly style: Style;
  /** Said last, about the whole status. */
  readonly note?: string;
}

export function describeTransfer(status: TransferStatus, { nowMs, uiUrl, style, note }: DescribeOptions): string[] {
  const rows: [string, string][] = [
    ['file', fileWords(status)],
    ['account', safe(status.account)],
    ['started', formatClock(status.startedAt, nowMs)],
    ...askedRows(status, nowMs),
    ['message', publishedWords(status)],
    ...reasonRows(status, nowMs),
    ...resumeRows(status),
    ...receiptRows(status, nowMs),
    ['links', status.urlRenewals === 0 ? 'none renewed' : `${status.urlRenewals} renewed (no retries)`],
    ...(uiUrl === null ? [] : ([['in Temporal', uiUrl]] satisfies [string, string][])),
    ...(note === undefined ? [] : ([['note', note]] satisfies [string, string][])),
    ...(status.stale
      ? ([['note', 'no worker answered: this is what the server alone knows']] satisfies [string, string][])
      : []),
  ];
  return [headline(status, style), ...rows.map(([name, text]) => `  ${style.dim(pad(name, 12))} ${text}`)];
}

function headline(status: TransferStatus, style: Style): string {
  const { state, step, attempt } = status;
  const colour =
    state === 'done' ? style.good : state === 'failed' ? style.bad : state === 'running' ? style.strong : style.warn;
  const where = isEnd(state) ? '' : ` in ${stepWord(step)}${attempt > 1 ? `, attempt ${attempt}` : ''}`;
  return `${style.strong(status.transferId)}  ${colour(state.toUpperCase())}${where}`;
}

function fileWords(status: TransferStatus): string {
  const size = status.sizeBytes === null ? '' : ` (${formatBytes(status.sizeBytes)})`;
  const moving =
    (status.step === 'upload' || status.step === 'fetch') && status.receipt === null && status.bytesDone > 0;
  const progress = moving ? `, ${percent(status)}% (${formatBytes(status.bytesDone)}) through` : '';
  return `${safe(status.source)}${size}${progress}`;
}

function reasonRows(
  { transferId, error, nextTryAt, state, heldSince, waitingFor }: TransferStatus,
  nowMs: number,
): [string, string][] {
  const rows: [string, string][] = [];
  if (error !== null) rows.push(['why', `${shortMessage(error.message)} [${error.code}]`]);
  else if (waitingFor !== undefined) rows.push(['waits for', safe(waitingFor)]);
  if (heldSince !== undefined) {
    rows.push(['since', `${formatClock(heldSince, nowMs)} (${formatSpan(nowMs - Date.parse(heldSince))})`]);
  }
  if (nextTryAt !== null) {
    const leftMs = Date.parse(nextTryAt) - nowMs;
    rows.push(['next try', leftMs > 0 ? `in ${formatSpan(leftMs)} (${formatClock(nextTryAt, nowMs)})` : 'now']);
  }
  if (error === null) return rows;
  const heals =
    state !== 'failed' && (ERROR_TABLE[error.code].does === 'retry' || ERROR_TABLE[error.code].does === 'renew');
  rows.push(['to do', heals ? 'nothing' : safe(remedyFor(error.remedy, transferId))]);
  return rows;
}

/** Who asked for the transfer, and who gave the last command. Both are claims of the person who asked. */
function askedRows(status: TransferStatus, nowMs: number): [string, string][] {
  const { by, lastCommand } = status;
  const rows: [string, string][] = by === undefined ? [] : [['asked by', askedWords(status)]];
  if (lastCommand === undefined) return rows;
  const { name, at } = lastCommand;
  return [...rows, [name, `${formatClock(at, nowMs)}, ${askedWords(lastCommand)}`]];
}

function askedWords({ by = '', why }: Asked): string {
  return safe(why === undefined ? by : `${by}: ${why}`);
}

/** Storage cannot resume an upload, so a person who pauses one should know the cost. */
function resumeRows({ state, step }: TransferStatus): [string, string][] {
  if (state !== 'paused' || step !== 'upload') return [];
  return [['on resume', 'the upload starts again: storage cannot go on with one']];
}

function receiptRows({ receipt }: TransferStatus, nowMs: number): [string, string][] {
  if (receipt === null) return [];
  const rows: [string, string][] = [
    ['finished', formatClock(receipt.finishedAt, nowMs)],
    ['md5', receipt.md5],
  ];
  if (receipt.sha256 !== null) rows.push(['sha256', receipt.sha256]);
  if (receipt.verified === false) rows.push(['verified', 'no: storage has no MD5 of this object to compare with']);
  if (receipt.fetchedTo !== null) rows.push(['fetched to', safe(receipt.fetchedTo)]);
  return rows;
}
