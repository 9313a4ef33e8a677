import { formatBytes } from '../../lib/bytes';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { count, safe } from '../shared/output/text';
import type { Prepared } from './prepare';
import type { SendPlan } from './types';

/**
 * `send --dry-run`: prints what would be sent, to whom, and how many bytes. Starts nothing and does not call Temporal.
 */
export function tellDryRun({ output }: CommandEnvironment, prepared: Prepared, plan: SendPlan): ExitCode {
  const { account, consumer, host, fetchTo } = plan;
  for (const { source, sizeBytes, fileType } of prepared.good) {
    output.document({
      type: 'status',
      v: 1,
      dryRun: true,
      source,
      account: account.name,
      consumer,
      conversationId: plan.options.conversation ?? null,
      host,
      fileType,
      sizeBytes,
      fetchTo,
    });
    const what = sizeBytes === null ? `on host ${host}` : `${fileType ?? ''} ${formatBytes(sizeBytes)}`;
    output.answer(`would send ${safe(source)} (${what})`);
  }
  const bytes = prepared.good.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
  output.note(`Dry run: ${count(prepared.good.length, 'file')}, ${formatBytes(bytes)}. Nothing was started.`);
  return prepared.bad.length > 0 ? EXIT.failed : EXIT.done;
}
