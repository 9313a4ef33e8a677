/** Describes one line of a job: the output of `ferry status ID` for a line that has no transfer of its own. */
import type { FoundLine, ReportLine } from '../../jobs/types';
import { formatBytes } from '../../lib/bytes';
import { shortId, shortMessage } from '../shared/follow/words';
import { formatClock } from '../shared/output/durations';
import type { Style } from '../shared/output/style';
import { remedyForJob } from '../shared/output/remedy';
import { pad, safe } from '../shared/output/text';

/** As `ferry job report --json` prints the line, with the id of the job. */
export function lineDocument({ jobId, line }: FoundLine): object {
  return { type: 'line', v: 1, jobId, ...line };
}

export function describeLine({ jobId, line }: FoundLine, nowMs: number, style: Style): readonly string[] {
  const { transferId, state, source, sizeBytes, code, message, remedy, finishedAt, md5, sha256, fetchedTo } = line;
  const rows: readonly (readonly [string, string | null])[] = [
    ['job', `line ${line.line} of ${jobId}`],
    ['file', sizeBytes === null ? safe(source) : `${safe(source)} (${formatBytes(sizeBytes)})`],
    ['message', messageWords(line)],
    ['why', code === null ? null : `${shortMessage(message ?? '')} [${code}]`],
    ['to mend', remedy === null ? null : safe(remedyForJob(remedy, jobId))],
    ['finished', finishedAt === null ? null : formatClock(finishedAt, nowMs)],
    ['md5', md5],
    ['sha256', sha256],
    ['fetched to', fetchedTo === null ? null : safe(fetchedTo)],
    ['more', `ferry job status ${jobId}`],
  ];
  return [
    `${style.strong(transferId)}  ${style.strong(state.toUpperCase())}`,
    ...rows.flatMap(([name, text]) => (text === null ? [] : [`  ${style.dim(pad(name, 12))} ${text}`])),
  ];
}

function messageWords({ state, sequence, conversationId }: ReportLine): string {
  if (sequence === null) return state === 'waiting' ? 'the line is not settled yet' : 'no message of it is known';
  const where = conversationId === null ? '' : ` in conversation ${shortId(conversationId)}`;
  return state === 'skipped'
    ? `the file was sent before (message ${sequence}${where})`
    : `its message was published (message ${sequence}${where})`;
}
