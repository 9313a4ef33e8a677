import type { JobStatus } from '../../../client/types';
import type { CommandEnvironment } from '../../shared/command';
import { formatClock } from '../../shared/output/durations';
import type { Style } from '../../shared/output/style';
import { count, pad, safe } from '../../shared/output/text';
import { countsWords, paceWords, percentWords, reasonLines, slowestWords, troubleWords } from './words';

/** Describes one job for people: the output of `ferry job status JOB`. */
export function describeJob(
  status: JobStatus,
  flags: CommandEnvironment['flags'],
  nowMs: number,
  style: Style,
): readonly string[] {
  const trouble = troubleWords(status, flags);
  const slowest = slowestWords(status, nowMs);
  const rows: readonly (readonly [string, string | null])[] = [
    ['account', safe(status.account)],
    ['host', safe(status.host)],
    ['started', startedWords(status, nowMs)],
    ['files', `${percentWords(status)} of ${status.lines.toLocaleString('en-US')}: ${countsWords(status)}`],
    ['pace', `${paceWords(status)} · ${count(status.lanes, 'lane')}`],
    ['', slowest],
    ['why', trouble],
    ...reasonLines(status, flags).map((line) => ['to mend', line] as const),
    ['note', status.stale ? 'no worker answered: this is what the server alone knows' : null],
  ];
  return [
    `${style.strong(status.jobId)}  ${style.strong(status.state.toUpperCase())}`,
    ...rows.flatMap(([name, text]) => (text === null ? [] : [`  ${style.dim(pad(name, 10))} ${text}`])),
  ];
}

function startedWords({ startedAt, finishedAt, by, why, pass }: JobStatus, nowMs: number): string {
  return [
    formatClock(startedAt, nowMs),
    by === undefined ? null : `by ${safe(by)}`,
    why === undefined ? null : `(${safe(why)})`,
    pass > 1 ? `now in pass ${pass}` : null,
    finishedAt === null ? null : `ended ${formatClock(finishedAt, nowMs)}`,
  ]
    .filter((part) => part !== null)
    .join(', ');
}
