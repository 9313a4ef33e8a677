import type { ScheduleRun, ScheduleStatus } from '../../../client';
import type { ScheduleFile } from '../../../jobs/types';
import { formatClock, formatSpan } from '../../shared/output/durations';
import { count, safe } from '../../shared/output/text';

/** @param file the schedule as stored on this host; null when it belongs to another host */
export function scheduleDocument(status: ScheduleStatus, file: ScheduleFile | null): object {
  return { type: 'schedule', v: 1, ...status, origin: file?.job.origin ?? null, after: file?.after ?? null };
}

export function scheduleLines(status: ScheduleStatus, file: ScheduleFile | null, nowMs: number): readonly string[] {
  const { name, host, state, note, next, lastRun, runs, missed, skipped } = status;
  const what = file === null ? `files on host ${host}` : file.job.origin;
  const lines = [`${name}  ${state}  ${whenWords(status)}  ${safe(what)}`];
  if (state === 'paused') lines.push(`    paused: ${safe(note ?? 'no reason given')}`);
  if (next.length > 0) lines.push(`    next: ${next.map((time) => formatClock(time, nowMs)).join(', ')}`);
  lines.push(`    ${lastRun === null ? 'no run yet' : `last: ${runWords(lastRun, nowMs)}`}`);
  const lost = [
    ...(missed > 0 ? [`${count(missed, 'run')} missed (Temporal was away too long)`] : []),
    ...(skipped > 0 ? [`${count(skipped, 'run')} skipped (the previous run had not ended)`] : []),
  ];
  lines.push(`    ${[count(runs, 'run'), ...lost].join(', ')}`);
  return lines;
}

function whenWords({ everyMs, cron, timezone }: ScheduleStatus): string {
  if (everyMs !== undefined) return `every ${formatSpan(everyMs)}`;
  return `${cron ?? 'at unknown times'} ${timezone ?? 'UTC'}`;
}

function runWords({ startedAt, state, result, error }: ScheduleRun, nowMs: number): string {
  const at = formatClock(startedAt, nowMs);
  if (state === 'running') return `${at}, running`;
  if (state === 'failed') return `${at}, failed: ${safe(error?.message ?? 'the reason is not known')}`;
  if (result === null) return `${at}, its result is no longer kept`;
  const { files, known, unsettled, refused, reasons, jobId, wasThere, cleared } = result;
  const parts = [`${count(files, 'file')}, ${known.toLocaleString('en-US')} sent before`];
  if (unsettled > 0) parts.push(`${unsettled.toLocaleString('en-US')} still changing`);
  if (refused > 0) parts.push(`${refused.toLocaleString('en-US')} refused (${safe(reasons[0] ?? '')})`);
  if (jobId !== null) parts.push(wasThere ? `job ${jobId} was there` : `job ${jobId}`);
  if (cleared !== null && cleared.cleared > 0) parts.push(`${cleared.cleared.toLocaleString('en-US')} cleared`);
  if (cleared !== null && cleared.left > 0) parts.push(`${cleared.left} left (${safe(cleared.reasons[0] ?? '')})`);
  return `${at}, ${parts.join(', ')}`;
}
