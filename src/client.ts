/** Ferry as a library: start, watch and steer transfers. What the command line does, it does with this. */
import type * as connecting from './client/connect';
import type { FerryClientOptions } from './client/options';
import type { FerryClient } from './client/types';
export type {
  JobClient,
  JobEvent,
  JobEventKind,
  JobFilter,
  JobStatus,
  JobWatchOptions,
  StartedJob,
} from './client/types';

export type { FerryClientOptions, SourceInspection } from './client/options';
export type {
  CommandOutcome,
  ConversationOf,
  FerryClient,
  FetchRequest,
  Health,
  LimitsStatus,
  ListFilter,
  NewSchedule,
  ScheduleChanges,
  ScheduleRun,
  Schedules,
  ScheduleStatus,
  ScheduleTimes,
  StartedTransfer,
  TransferCounts,
  TransferEvent,
  TransferEventKind,
  TransferOutcome,
  TransferRequest,
  TransferStatus,
} from './client/types';
export { locateTemporal, type LocatedTemporal, type LocateOptions } from './config';
export { ERROR_TABLE, FerryError, isErrorCode, isFerryError, type ErrorCode } from './errors';
export type {
  AccountLimitValues,
  ChangeRequest,
  LimitsView,
  JobCounts,
  JobInput,
  JobReason,
  JobState,
  Receipt,
  Step,
  TransferError,
  TransferState,
  Urgency,
} from './contract';

/**
 * Connects to Temporal. Rejects with a FerryError: TEMPORAL_UNREACHABLE within 5 s, CREDENTIALS_REFUSED, NOT_CONFIGURED
 * (no such namespace), CONFIG_INVALID (settings for the connection that cannot be used).
 *
 * @example
 * const ferry = await connectFerry(await locateTemporal());
 * const { transferId } = await ferry.start({ file: 'plan.jpg', account: 'acme', consumer: 'ops' });
 * for await (const { kind, status } of ferry.watch(transferId)) console.log(kind, status.step, status.bytesDone);
 * await ferry.close();
 */
export async function connectFerry(options: FerryClientOptions): Promise<FerryClient> {
  // Temporal's SDK takes a quarter of a second to load. A program that only imports this file must not wait for it.
  const { connect } = require('./client/connect') as typeof connecting;
  return connect(options);
}
