import type { FerryClient, TransferOutcome } from '../../client/types';
import type { AccountConfig } from '../../config/types';
import type { FerryError } from '../../errors';
import type { CommandEnvironment } from '../shared/command';
import type { ExitCode } from '../shared/exit-codes';
import type { FollowItem } from '../shared/follow/tracked';
import type { SendOptions } from './command';
import type { PreparedFile } from './prepare';

/** The destination and the options of a send, settled before the files are inspected. */
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

/** A running `send`. */
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
  /** How long a start waits for a Temporal that went away. */
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
