import type { FerryClient, StartedTransfer, TransferOutcome, TransferRequest } from '../../client/types';
import type { AccountConfig } from '../../config/types';
import { toFerryError, type FerryError } from '../../errors';
import type { CommandEnvironment } from '../command';
import type { SendOptions } from '../commands/send';
import type { ExitCode } from '../exit-codes';
import type { FollowItem } from '../follow/tracked';
import { inLanes } from '../lanes';
import { createStarter } from './starter';
import type { PreparedFile } from './prepare';

/** What is to be sent where, settled before anything is looked at. */
export interface SendPlan {
  readonly account: AccountConfig;
  readonly consumer: string;
  readonly host: string;
  /** The files lie on this machine. */
  readonly local: boolean;
  /** Absolute. */
  readonly fetchTo: string | null;
  readonly startedMs: number;
  readonly options: SendOptions;
}

/** One `send` under way. */
export interface Sending {
  readonly environment: CommandEnvironment;
  readonly client: FerryClient;
  readonly files: readonly PreparedFile[];
  /** One for each file. */
  readonly labels: readonly string[];
  /** Columns of the widest label. */
  readonly widest: number;
  readonly plan: SendPlan;
  /** The suffix of one `--again`. */
  readonly again: string | null;
  readonly tally: Tally;
  readonly codes: ExitCode[];
  /** Whether the conversation of a repeated send is closed by now. */
  readonly isClosedByNow: (item: FollowItem, outcome: TransferOutcome) => Promise<boolean>;
  /** How long starting waits for a Temporal that answered before and went away. */
  readonly patienceMs: number;
}

export interface Tally {
  readonly total: number;
  done: number;
  failed: number;
  repeated: number;
  bytes: number;
  readonly transferIds: string[];
}

export interface NotStarted {
  readonly file: PreparedFile;
  readonly error: FerryError;
}

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
  await inLanes(files, START_LANES, start, AbortSignal.any([signal, lost.signal]), room);
  return { refused, notReached: files.filter((file) => !reached.has(file)) };
}

function requestOf(file: PreparedFile, { plan, again }: Sending): TransferRequest {
  const { options, account, consumer, fetchTo, host, local } = plan;
  return {
    file: file.path,
    account: account.name,
    consumer,
    ...(options.conversation === undefined ? {} : { conversationId: options.conversation }),
    ...(options.caption === undefined ? {} : { caption: options.caption }),
    ...(fetchTo === null ? {} : { fetchTo }),
    ...(options.verify === true ? { verify: true } : {}),
    ...(local ? {} : { host }),
    ...(options.id === undefined ? {} : { id: options.id }),
    ...(again === null ? {} : { again }),
    ...(options.deadline === undefined ? {} : { deadlineMs: options.deadline }),
  };
}
