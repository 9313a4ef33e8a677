import type { StartedTransfer, TransferRequest } from '../../client/types';
import { toFerryError } from '../../errors';
import { defined } from '../../lib/defined';
import { inLanes } from '../../lib/lanes';
import type { FollowItem } from '../follow/tracked';
import { refuseOtherFile } from './other-file';
import { createStarter } from './starter';
import type { PreparedFile } from './prepare';
import type { NotStarted, Sending } from './types';

/** Starting one takes the server about 12 ms; more at once only lengthen its queue. */
const START_LANES = 16;

/**
 * Starts all in bounded lanes, in order. Ends early when the signal fires or Temporal goes away; what was not started
 * then is not in the answer of a lane either: see `notReached`.
 */
export async function startAll(
  sending: Sending,
  onStarted: (item: FollowItem) => Promise<void> | void,
  signal: AbortSignal,
  room?: () => Promise<void>,
): Promise<{ readonly refused: readonly NotStarted[]; readonly notReached: readonly PreparedFile[] }> {
  const { files, labels, plan, tally } = sending;
  const lost = new AbortController();
  const refused: NotStarted[] = [];
  const reached = new Set<PreparedFile>();
  const starter = createStarter(sending, signal);
  const start = async (file: PreparedFile, index: number): Promise<void> => {
    let started: StartedTransfer;
    try {
      reached.add(file);
      started = await starter(requestOf(file, sending));
      if (started.repeated && plan.options.id !== undefined) await refuseOtherFile(sending.client, file, started);
    } catch (cause) {
      if (signal.aborted) {
        reached.delete(file);
        return;
      }
      const error = toFerryError(cause);
      refused.push({ file, error });
      if (error.code === 'TEMPORAL_UNREACHABLE') lost.abort();
      return;
    }
    tally.transferIds.push(started.transferId);
    const label = labels[index] ?? file.name;
    await onStarted({ ...started, label, source: file.source, host: plan.host, notes: file.notes });
  };
  await inLanes(files, START_LANES, start, { signal: AbortSignal.any([signal, lost.signal]), room });
  return { refused, notReached: files.filter((file) => !reached.has(file)) };
}

function requestOf(file: PreparedFile, { plan, again }: Sending): TransferRequest {
  const { options, account, consumer, fetchTo, host, local } = plan;
  return {
    file: file.path,
    account: account.name,
    consumer,
    ...defined({
      conversationId: options.conversation,
      caption: options.caption,
      fetchTo: fetchTo ?? undefined,
      verify: options.verify === true ? true : undefined,
      host: local ? undefined : host,
      id: options.id,
      again: again ?? undefined,
      deadlineMs: options.deadline,
    }),
  };
}
