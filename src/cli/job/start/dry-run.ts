import type { PreparedJob } from '../../../jobs/types';
import { formatBytes } from '../../../lib/bytes';
import type { CommandEnvironment } from '../../shared/command';
import { EXIT, type ExitCode } from '../../shared/exit-codes';
import { count, safe } from '../../shared/output/text';
import { withLedger } from '../../shared/with-ledger';

/** On a terminal or in a pipe, more lines than this are counted and not listed; with --json all are. */
const LISTED = 50;

interface Sum {
  files: number;
  bytes: number;
}

/** `job start --dry-run`: what would be sent, skipped and refused. Starts nothing and does not call Temporal. */
export async function tellDryRun(
  { output }: CommandEnvironment,
  stateDir: string,
  job: PreparedJob,
): Promise<ExitCode> {
  const sums = { send: { files: 0, bytes: 0 }, skip: { files: 0, bytes: 0 } };
  const { jobId, name, account, host } = job.header;
  let listed = 0;
  await withLedger(stateDir, async (ledger) => {
    const wasSent = async (sendKey: string): Promise<boolean> => (await ledger.sentUnder(sendKey)).length > 0;
    // Nothing of an unreadable manifest is sent, even when some of its lines are good.
    for (const { bad, transferId: _transferId, inode: _inode, ...row } of job.isUnreadable ? [] : job.rows()) {
      if (bad !== undefined) {
        output.document({ type: 'line', v: 1, dryRun: true, would: 'refuse', ...row, error: bad });
        continue;
      }
      const isKnown = row.sendKey !== null && (await wasSent(row.sendKey));
      const would = isKnown ? 'skip' : 'send';
      add(sums[would], row.sizeBytes);
      output.document({ type: 'line', v: 1, dryRun: true, would, ...row });
      listed += 1;
      if (output.json || listed > LISTED) continue;
      const to = `to ${row.account} as ${row.consumer}`;
      const text = would === 'skip' ? 'would skip (sent already)' : 'would send';
      output.answer(safe(`${text} ${row.source} (${formatBytes(row.sizeBytes)}) ${to}`));
    }
  });
  if (!output.json && listed > LISTED) output.answer(`... and ${count(listed - LISTED, 'more line')}`);
  const { send, skip } = sums;
  output.document({
    type: 'job',
    v: 1,
    dryRun: true,
    jobId,
    account,
    host,
    name,
    lines: job.header.lines,
    wouldSend: send,
    wouldSkip: skip,
    wouldRefuse: { lines: job.bad },
  });
  const parts = [`${count(send.files, 'file')} to send, ${formatBytes(send.bytes)}`];
  if (skip.files > 0) parts.push(`${count(skip.files, 'file')} sent already, ${formatBytes(skip.bytes)}`);
  if (job.bad > 0) parts.push(`${count(job.bad, 'line')} refused`);
  const what = job.isUnreadable ? 'nothing to send, because the manifest is refused' : parts.join('; ');
  output.note(`Dry run of job ${jobId}: ${what}. Nothing was started.`);
  return job.bad > 0 ? EXIT.failed : EXIT.done;
}

function add(sum: Sum, bytes: number): void {
  sum.files += 1;
  sum.bytes += bytes;
}
