/** Starts the transfers of one `send`, in lanes, one for each file. A short absence of Temporal is waited out. */
import { setTimeout as pause } from 'node:timers/promises';
import type { FerryClient, StartedTransfer, TransferRequest } from '../../client/types';
import { askedOf, choicesOf, type Urgency } from '../../contract';
import { isFerryError, toFerryError } from '../../errors';
import { defined } from '../../lib/defined';
import { md5Of } from '../../lib/file-digest';
import { inLanes } from '../../lib/lanes';
import type { FollowItem } from '../shared/follow/tracked';
import { usageError } from '../shared/output/output';
import type { PreparedFile } from './prepare';
import type { SendOptions } from './command';
import type { NotStarted, Sending } from './types';

/** A start takes the server about 12 ms; more lanes only lengthen its queue. */
const START_LANES = 16;

/**
 * Starts all files in bounded lanes, in order. Ends early when the signal fires or Temporal goes away; `notReached` has
 * the files that were not started then.
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

function requestOf(file: PreparedFile, { files, plan, again }: Sending): TransferRequest {
  const { options, account, consumer, fetchTo, host, local } = plan;
  return {
    file: file.path,
    account: account.name,
    consumer,
    urgency: urgencyOf(files.length, options),
    ...choicesOf({ ...options, ...defined({ sendAs: options.as }) }),
    ...askedOf(options),
    ...defined({
      conversationId: options.conversation,
      fetchTo: fetchTo ?? undefined,
      verify: options.verify === true ? true : undefined,
      host: local ? undefined : host,
      id: options.id,
      again: again ?? undefined,
      deadlineMs: options.deadline,
    }),
  };
}

/** A single file that a person waits for goes before the many that others send. */
function urgencyOf(files: number, { detach, filesFrom }: SendOptions): Urgency {
  return files === 1 && detach !== true && filesFrom === undefined ? 'followed' : 'many';
}

const PAUSE_MS = 1000;

/**
 * Starts transfers, and retries while Temporal is away for a moment (a restart, an overloaded server), because one late
 * answer must not stop thousands of files. A start is idempotent, so a retry is safe.
 */
function createStarter(
  { client, environment, plan, patienceMs }: Pick<Sending, 'client' | 'environment' | 'plan' | 'patienceMs'>,
  signal: AbortSignal,
): (request: TransferRequest) => Promise<StartedTransfer> {
  const { io } = environment;
  let heardAtMs = io.now();

  return async (request) => {
    for (let tries = 1; ; tries += 1) {
      try {
        const started = await client.start(request);
        heardAtMs = io.now();
        // If the answer of the first try was lost, this send started the transfer, so it is not a repetition.
        const ours = tries > 1 && started.repeated && (await startedSince(started.transferId));
        return ours ? { ...started, repeated: false } : started;
      } catch (error) {
        const away = isFerryError(error) && error.code === 'TEMPORAL_UNREACHABLE';
        if (!away || signal.aborted || io.now() - heardAtMs > patienceMs) throw error;
      }
      await pause(Math.min(PAUSE_MS, patienceMs), undefined, { signal });
    }
  };

  async function startedSince(transferId: string): Promise<boolean> {
    const { startedAt } = await client.status(transferId);
    return Date.parse(startedAt) >= plan.startedMs;
  }
}

/**
 * Checks the content for an id that a person chose, so that "already sent" is not printed for a file that was not sent.
 * The same content under another path is the same send. A file that cannot be compared (on another host, still running)
 * passes.
 */
async function refuseOtherFile(
  client: Pick<FerryClient, 'status'>,
  file: PreparedFile,
  { transferId }: StartedTransfer,
): Promise<void> {
  if (file.sizeBytes === null) return;
  const { source, sizeBytes, receipt } = await client.status(transferId);
  const otherSize = sizeBytes !== null && sizeBytes !== file.sizeBytes;
  if (!otherSize && (receipt === null || (await md5Of(file.path)) === receipt.md5)) return;
  throw usageError(
    `${file.source} was not sent: the id ${transferId} belongs to the transfer of ${source}, which has other content. ` +
      'Give it an id of its own.',
  );
}
