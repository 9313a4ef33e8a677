/**
 * The files of a job on its home host, in `STATE/jobs/JOB/`:
 *
 * - `manifest.jsonl`: a {@link ManifestHeader}, then one {@link ManifestRow} a line, in the order in which they are sent.
 *   Written once, atomically, before the workflow starts; never changed.
 * - `journal.jsonl`: one {@link JournalRow} a settled line and pass. Appended by the clerk alone; a torn tail is cut.
 * - `lock`: held by the clerk's attempt while it writes.
 */
import {
  LINE_STATES,
  type JobInput,
  type JobLine,
  type JobPage,
  type LineResult,
  type LineState,
  type ManifestPosition,
  type PageResult,
  type TransferError,
} from '../contract';
import type { ErrorCode } from '../errors';
import type { FileRules } from '../files/types';

export interface ManifestHeader extends JobInput {
  readonly type: 'job-manifest';
  readonly v: 1;
  /** The original path of the manifest or directory, for people. */
  readonly origin: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

export interface ManifestRow extends JobLine {
  readonly account: string;
  readonly consumer: string;
  readonly conversationId: string | null;
  /** Set with `--skip-bad`: the line is recorded as failed with this error and is never sent. */
  readonly bad?: TransferError;
}

export interface JournalRow extends LineResult {
  readonly pass: number;
  readonly page: number;
}

/** The position at which the next pages of a job begin. */
export interface Cut {
  /** `STATE/jobs/JOB` */
  readonly directory: string;
  readonly pass: number;
  readonly from: ManifestPosition;
  readonly wanted: number;
  /** Whether the pass runs this line. */
  readonly isWanted: (line: number) => boolean;
}

export interface CutPages {
  /** A file above the size of a page is alone on its page. */
  readonly pages: readonly JobPage[];
  /** Null when the pass has no further line. */
  readonly next: ManifestPosition | null;
  /** Lines that were skipped because the manifest marks them as bad. */
  readonly bad: readonly PageResult[];
}

/** The rules of an account that decide which lines it accepts. */
export interface JobAccount {
  readonly name: string;
  /** The consumer when neither the line nor the job names a consumer. */
  readonly consumer: string;
  readonly files: FileRules;
  /** Absolute directories that sources must lie in; null: anywhere. */
  readonly sources: readonly string[] | null;
  /** The same for directories to fetch back into. */
  readonly targets: readonly string[] | null;
  /** @throws {FerryError} CONSUMER_NOT_ALLOWED */
  readonly checkConsumer: (consumer: string) => void;
}

export const JOB_ORDERS = ['manifest', 'size', 'name'] as const;
export type JobOrder = (typeof JOB_ORDERS)[number];

export interface PrepareJobOptions {
  /** A manifest or a directory: absolute, or relative to `cwd`. */
  readonly origin: string;
  readonly cwd: string;
  /** The home host, which is this machine. */
  readonly host: string;
  /** @default the home host alone */
  readonly hosts?: readonly string[];
  /** @default name of the manifest without its ending, or of the directory */
  readonly name?: string;
  /** Account of the lines that do not name an account. */
  readonly account: string;
  /** @throws {FerryError} ACCOUNT_UNKNOWN */
  readonly accountOf: (name: string) => JobAccount;
  /** For lines that have none of their own. @default the account's consumer */
  readonly consumer?: string;
  /** For lines that have none of their own. @default the consumer's open one, or a new one */
  readonly conversationId?: string;
  /** For lines that have none of their own; may have placeholders. @default '' */
  readonly caption?: string;
  /** Directory for lines that have none of their own: absolute, or relative to `cwd`. @default not fetched back */
  readonly fetchTo?: string;
  /**
   * For a directory: patterns of the names to take. A pattern without a slash matches base names. @default all names
   */
  readonly globs?: readonly string[];
  /** For a directory: include its subdirectories. @default false */
  readonly recursive?: boolean;
  /** For a directory: selects the files to take, by absolute path. @default all */
  readonly only?: (path: string) => boolean;
  /** False leaves the line out of the job; its problems are reported anyway. @default all lines are accepted */
  readonly accepts?: (row: Pick<ManifestRow, 'source' | 'sizeBytes' | 'mtimeMs' | 'inode' | 'bad'>) => boolean;
  /** `size`: the smallest first. @default manifest */
  readonly order?: JobOrder;
  /** @default 8 for each host, at most 64 */
  readonly lanes?: number;
  readonly ordered?: boolean;
  readonly verify?: boolean;
  /** Milliseconds. @default seven days */
  readonly deadlineMs?: number;
  /** With `--again`, a unique text, so that files that were sent before are sent once more. */
  readonly again?: string;
  /** Differs when the files are other files than those of an earlier job with the same paths, sizes and times. */
  readonly version?: string;
  /** Payloads are sealed, so names of files may not stand in ids. @default false */
  readonly sealed?: boolean;
  /** ISO 8601. @default now */
  readonly createdAt?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (lines: number) => void;
}

/** What is wrong with a line of a manifest. */
export interface LineProblem {
  /** From 1. */
  readonly line: number;
  /**
   * Position in the line, from 1: the number of the field in a CSV, the character in JSON Lines. Null for the whole
   * line, or for a directory.
   */
  readonly column: number | null;
  /** Name of the column; null when the problem is not about a single column. */
  readonly field: string | null;
  /** The source as written in the line; null when the line has no source. */
  readonly source: string | null;
  readonly error: TransferError;
}

/** A job that was read and checked, but neither stored nor started. */
export interface PreparedJob {
  /** The input of the workflow. */
  readonly input: JobInput;
  readonly header: ManifestHeader;
  /** The numbers of lines without and with problems. */
  readonly good: number;
  readonly bad: number;
  /** The first hundred. Not empty: refuse the job, or start it with `--skip-bad`, which keeps bad lines as failed ones. */
  readonly problems: readonly LineProblem[];
  readonly problemCount: number;
  /** True: the manifest cannot be read to its end, so there is nothing to start, even with `--skip-bad`. */
  readonly isUnreadable: boolean;
  /** Notes for people about files that were left out. */
  readonly notes: readonly string[];
  /** In the order in which they are sent. */
  readonly rows: () => Iterable<ManifestRow>;
  /** The rows as lines of `manifest.jsonl`, without line feeds. */
  readonly rowTexts: () => Iterable<string>;
}

/** In a report, a line that is not settled is waiting. */
export const REPORT_STATES = [...LINE_STATES, 'waiting'] as const;
export type ReportState = LineState | 'waiting';

/** A line of `ferry job report`. */
export interface ReportLine extends Omit<LineResult, 'state' | 'error' | 'finishedAt'> {
  readonly state: ReportState;
  readonly code: ErrorCode | null;
  readonly message: string | null;
  /** Null while the line is waiting. */
  readonly finishedAt: string | null;
  /** What a person can do. Null without an error. */
  readonly remedy: string | null;
}

/** A line and its job. */
export interface FoundLine {
  readonly jobId: string;
  readonly line: ReportLine;
}

/** In the order in which a report has them. */
export const REPORT_COLUMNS = [
  'line',
  'source',
  'state',
  'transferId',
  'conversationId',
  'sequence',
  'relativePath',
  'fileType',
  'sizeBytes',
  'md5',
  'sha256',
  'fetchedTo',
  'code',
  'message',
  'finishedAt',
  'remedy',
] as const satisfies readonly (keyof ReportLine)[];

/** The action on a file once its receipt is durable. */
export type AfterSending = { readonly do: 'leave' | 'delete' } | { readonly do: 'move'; readonly directory: string };

/** What a schedule sends: `STATE/schedules/NAME.json`. All paths are absolute. */
export interface ScheduleFile {
  readonly type: 'schedule';
  readonly v: 1;
  readonly name: string;
  readonly host: string;
  /** The options of `prepareJob` for each run. */
  readonly job: Pick<
    PrepareJobOptions,
    | 'origin'
    | 'hosts'
    | 'name'
    | 'account'
    | 'consumer'
    | 'conversationId'
    | 'caption'
    | 'fetchTo'
    | 'globs'
    | 'recursive'
    | 'order'
    | 'lanes'
    | 'ordered'
    | 'verify'
    | 'deadlineMs'
    | 'sealed'
  >;
  /** Send the good lines of a manifest even if some lines are bad. A directory always sends its good files. */
  readonly skipBad: boolean;
  /** A file is sent only when it has not changed for this many milliseconds. */
  readonly settleMs: number;
  readonly after: AfterSending;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

export type { LostRuns, ScheduleBook, ToldOfSchedule } from './schedule-book';

/** Asks the ledger for the receipts of a send key. */
export type SentUnder = (sendKey: string) => Promise<readonly SentFile[]>;

/** The fields of a receipt that show whether a file is still the sent file. */
export interface SentFile {
  /** Lower-case hex. */
  readonly md5: string;
  /** ISO 8601, UTC: before the file was read. Its message may have been published hours later. */
  readonly startedAt: string;
}
