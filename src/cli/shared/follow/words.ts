/** The sentences about a transfer, the same on a terminal and in a log; docs/operating.md shows them. */
import { withoutPaths } from '../../../lib/without-paths';
import type { TransferStatus } from '../../../client/types';
import { ERROR_TABLE } from '../../../errors/table';
import { STEP_WORDS, type Receipt, type Step } from '../../../contract';
import { formatBytes, formatPair, formatRate } from '../../../lib/bytes';
import { formatClock, formatDuration, formatSpan } from '../output/durations';
import { remedyFor } from '../output/remedy';
import { safe } from '../output/text';
import type { Tracked } from './tracked';

export function stepWord(step: Step): string {
  return STEP_WORDS[step].name;
}

const SEPARATOR = ' · ';

export function shortId(id: string): string {
  return id.length > 9 ? `${safe(id).slice(0, 8)}…` : safe(id);
}

/** `message 14 · 0.8 MB · 1.9 s`, and where it was fetched to. */
export function doneWords(receipt: Receipt): string {
  const tookMs = Date.parse(receipt.finishedAt) - Date.parse(receipt.startedAt);
  return [
    receipt.sequence === null ? null : `message ${receipt.sequence}`,
    formatBytes(receipt.sizeBytes),
    Number.isFinite(tookMs) ? formatDuration(tookMs) : null,
    receipt.urlRenewals === 0 ? null : `${receipt.urlRenewals} link${receipt.urlRenewals === 1 ? '' : 's'} renewed`,
    receipt.fetchedTo === null ? null : `fetched to ${safe(receipt.fetchedTo)}`,
    receipt.verified === false ? 'not verified: storage has no MD5 of this object' : null,
  ]
    .filter((part) => part !== null)
    .join(SEPARATOR);
}

/** `already sent 14:03 (message 12, conversation 3f1c…), not sent again; --again sends another` */
export function repeatedWords(receipt: Receipt, nowMs: number): string {
  const where = [
    receipt.sequence === null ? null : `message ${receipt.sequence}`,
    receipt.conversationId === null ? null : `conversation ${shortId(receipt.conversationId)}`,
  ].filter((part) => part !== null);
  const what = where.length === 0 ? '' : ` (${where.join(', ')})`;
  return `already sent ${formatClock(receipt.finishedAt, nowMs)}${what}, not sent again; --again sends another`;
}

export function renewalWords(status: TransferStatus): string {
  const link = status.step === 'request-download-url' || status.step === 'fetch' ? 'download' : 'upload';
  return `${link} link expired, got a new one (renewal ${status.urlRenewals}, not a retry)`;
}

/** The parts behind the percentage: `1.9/3.0 MB`, `640 kB/s`, `2 s left`, without empty parts. */
export function progressParts(tracked: Tracked): string[] {
  const { status, rate } = tracked;
  if (status === null || status.sizeBytes === null) return [];
  const parts = [formatPair(status.bytesDone, status.sizeBytes)];
  const speed = rate.bytesPerSecond();
  if (speed === null || speed <= 0) return parts;
  parts.push(formatRate(speed));
  const left = ((status.sizeBytes - status.bytesDone) * 1000) / speed;
  if (left > 0 && left < 100 * 3_600_000) parts.push(`${formatSpan(left)} left`);
  return parts;
}

export function movesBytes(status: TransferStatus): boolean {
  return (status.step === 'upload' || status.step === 'fetch') && status.sizeBytes !== null && status.sizeBytes > 0;
}

export function percent(status: TransferStatus): number {
  const size = status.sizeBytes ?? 0;
  return size === 0 ? 0 : Math.min(100, Math.floor((status.bytesDone * 100) / size));
}

/** The message with the server's name of each address, without the path, which would fill the line. */
export function shortMessage(message: string): string {
  return safe(withoutPaths(message, '/…'));
}

/** Why the transfer waits: `storage answers 503 since 14:02 (4 min)`. */
export function reasonWords(tracked: Tracked, nowMs: number): string {
  const { error = null, waitingFor } = tracked.status ?? {};
  const text = error?.message ?? (waitingFor === undefined ? 'waiting' : `for ${waitingFor}`);
  const message = shortMessage(text).replace(/\.$/, '');
  const since = tracked.waitingSinceMs;
  if (since === null) return safe(message);
  return safe(`${message} since ${formatClock(new Date(since).toISOString(), nowMs)} (${formatSpan(nowMs - since)})`);
}

/** The next try, and what a person must do: `next try 38 s · nothing to do`. */
export function outlookWords(status: TransferStatus, nowMs: number): string {
  const parts: string[] = [];
  if (status.nextTryAt !== null) {
    const leftMs = Date.parse(status.nextTryAt) - nowMs;
    parts.push(leftMs > 500 ? `next try ${formatSpan(leftMs)}` : 'trying now');
  }
  parts.push(duty(status));
  return parts.join(SEPARATOR);
}

function duty({ error, state, transferId }: TransferStatus): string {
  if (error === null) return state === 'waiting' ? 'nothing to do' : 'waits for a person';
  const { does } = ERROR_TABLE[error.code];
  if (state !== 'parked' && (does === 'retry' || does === 'renew')) return 'nothing to do';
  return safe(remedyFor(error.remedy, transferId));
}
