/** The sentences about a job, the same on a terminal and in a log. */
import type { JobStatus } from '../../../client/types';
import { lineRemedy } from '../../../errors';
import { ERROR_TABLE } from '../../../errors/table';
import { formatBytes, formatPair, formatRate } from '../../../lib/bytes';
import type { GlobalFlags } from '../../shared/command';
import { shortMessage } from '../../shared/follow/words';
import { formatSpan } from '../../shared/output/durations';
import { repeatedFlags } from '../../shared/output/hints';
import { remedyForJob } from '../../shared/output/remedy';
import { count, safe } from '../../shared/output/text';

const SEPARATOR = ' · ';

const number = (amount: number): string => amount.toLocaleString('en-US');

/** Lines that need no more work in this pass. */
function settledLines({ counts: { done, skipped, failed, parked }, lines }: JobStatus): number {
  return Math.min(lines, done + skipped + failed + parked);
}

export function percentSettled(status: JobStatus): number {
  return status.lines === 0 ? 100 : Math.floor((settledLines(status) * 100) / status.lines);
}

/** True when no worker has told the counts, so all of them are zero. */
function isUncounted({ stale, counts }: JobStatus): boolean {
  return stale && Object.values(counts).every((amount) => amount === 0);
}

/** `23%`; `?%` when it is not known. */
export function percentWords(status: JobStatus): string {
  return `${isUncounted(status) ? '?' : percentSettled(status)}%`;
}

/** `1,204 done · 3 failed · 400 running · 8,393 waiting`; counts of zero are left out, except `done`. */
export function countsWords(status: JobStatus): string {
  const { counts } = status;
  if (isUncounted(status)) return 'counts not known: no worker has answered';
  return Object.entries(counts)
    .filter(([name, amount]) => name === 'done' || amount > 0)
    .map(([name, amount]) => `${number(amount)} ${name}`)
    .join(SEPARATOR);
}

/** `98.2 files/s · 1.9 MB/s · 24.1/200 MB · 2 min left`, as much as is known. */
export function paceWords(status: JobStatus): string {
  const { filesPerSecond, bytesPerSecond, bytesDone, bytesTotal, counts, state } = status;
  const parts = [formatPair(bytesDone, bytesTotal)];
  if (state !== 'running' || filesPerSecond <= 0) return parts.join(SEPARATOR);
  const leftMs = ((counts.running + counts.waiting) / filesPerSecond) * 1000;
  return [
    `${filesPerSecond.toFixed(1)} files/s`,
    formatRate(bytesPerSecond),
    ...parts,
    ...(leftMs > 0 ? [`${formatSpan(leftMs)} left`] : []),
  ].join(SEPARATOR);
}

/** `slowest: deliver of /data/x.jpg and 49 more files, 12 s`; null when no page is under way. */
export function slowestWords({ slowest }: JobStatus, nowMs: number): string | null {
  if (slowest === null) return null;
  const { step, source, lines, since } = slowest;
  const more = lines > 1 ? ` and ${count(lines - 1, 'more file')}` : '';
  return `slowest: ${step} of ${safe(source)}${more}, ${formatSpan(nowMs - Date.parse(since))}`;
}

/** The failures, grouped by reason, each with the command that retries them, or with what helps in place of a retry. */
export function reasonLines({ reasons, jobId }: JobStatus, flags: GlobalFlags): readonly string[] {
  return reasons.map((reason) => {
    const { state, code, lines } = reason;
    const helps = lineRemedy(reason) ?? `ferry job retry ${jobId} --reason ${code}${repeatedFlags(flags)}`;
    return `${number(lines)} ${state} ${code}: ${helps}`;
  });
}

/** Why the whole job does not proceed; null when it does. */
export function troubleWords({ state, error, jobId, cancelling }: JobStatus, flags: GlobalFlags): string | null {
  const again = repeatedFlags(flags);
  if (cancelling === true) return 'being cancelled: what was begun is settled first';
  if (state === 'paused') return `paused by a person; to go on: ferry job resume ${jobId}${again}`;
  if (error === null) return null;
  const why = shortMessage(error.message);
  const remedy = safe(remedyForJob(error.remedy, jobId));
  const retry = `ferry job retry ${jobId}`;
  if (state === 'parked') return `${why} ${remedy}${remedy.includes(retry) ? '' : ` Then: ${retry}${again}`}`;
  const needsPerson = state === 'waiting' && ERROR_TABLE[error.code].does === 'wait';
  return `${why}${needsPerson ? ` ${remedy}` : ''} [${error.code}]`;
}

/** How a job ended: `9,997 files sent (200 MB), 3 failed in 2 min (98.2 files/s)`. */
export function endWords({ counts, startedAt, finishedAt, filesPerSecond, bytesDone, state, pass }: JobStatus): string {
  const { done, skipped, failed, parked } = counts;
  const bytes = formatBytes(bytesDone);
  const parts = [`${count(done, 'file')} sent${skipped === 0 ? ` (${bytes})` : ''}`];
  // The job has one count of bytes for both.
  if (skipped > 0) parts.push(`${number(skipped)} sent before (${bytes} in all)`);
  if (failed > 0) parts.push(`${number(failed)} failed`);
  if (parked > 0) parts.push(`${number(parked)} parked`);
  if (state === 'cancelled') parts.push('cancelled');
  const tookMs = finishedAt === null ? null : Date.parse(finishedAt) - Date.parse(startedAt);
  const pace = filesPerSecond > 0 && pass === 1 ? ` (${filesPerSecond.toFixed(1)} files/s)` : '';
  return `${parts.join(', ')}${tookMs === null ? '' : ` in ${formatSpan(tookMs)}${pace}`}`;
}
