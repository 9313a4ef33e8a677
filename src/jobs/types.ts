/**
 * What a job keeps on its home host, under `STATE/jobs/JOB/`:
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
  /** Where the manifest or the directory lay; for people. */
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

/** Where to cut the next pages out of the manifest of a job. */
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
  /** Null: no line follows that the pass runs. */
  readonly next: ManifestPosition | null;
  /** Lines that were passed over because the manifest calls them bad. */
  readonly bad: readonly PageResult[];
}

/** Of an account, what decides which lines it takes. */
export interface JobAccount {
  readonly name: string;
  /** Speaks where neither the line nor the job names a consumer. */
  readonly consumer: string;
  readonly files: FileRules;
  /** Absolute directories that sources must lie in; null: anywhere. */
  readonly sources: readonly string[] | null;
  /** The same for what is fetched back. */
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
  /** Name of the account of lines that name none. */
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
  /** Of a directory: patterns of the names to take; without a slash, of the base name. @default all names */
  readonly globs?: readonly string[];
  /** Of a directory: the directories in it as well. @default false */
  readonly recursive?: boolean;
  /** Of a directory: the files to take, as absolute paths. @default all */
  readonly only?: (path: string) => boolean;
  /** Whether a line becomes a row of the job; problems are told of every line. @default all lines do */
  readonly accepts?: (row: Pick<ManifestRow, 'source' | 'sizeBytes' | 'mtimeMs' | 'inode' | 'bad'>) => boolean;
  /** `size`: the smallest first. @default manifest */
  readonly order?: JobOrder;
  /** @default 8 for each host, at most 64 */
  readonly lanes?: number;
  readonly ordered?: boolean;
  readonly verify?: boolean;
  /** Milliseconds. @default seven days */
  readonly deadlineMs?: number;
  /** With `--again`, a text that no other job has: files that were sent before are sent once more. */
  readonly again?: string;
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
  /** From 1: of a CSV the number of the field, of JSON Lines the character; null: the whole line, or a directory. */
  readonly column: number | null;
  /** Name of the column; null when the problem is not one column's. */
  readonly field: string | null;
  /** As the line has it; null when it has none. */
  readonly source: string | null;
  readonly error: TransferError;
}

/** A job that was read and checked; nothing is kept or started yet. */
export interface PreparedJob {
  /** What the workflow is started with. */
  readonly input: JobInput;
  readonly header: ManifestHeader;
  /** Lines without a problem, and with one. */
  readonly good: number;
  readonly bad: number;
  /** The first hundred. Not empty: refuse the job, or start it with `--skip-bad`, which keeps bad lines as failed ones. */
  readonly problems: readonly LineProblem[];
  readonly problemCount: number;
  /** True: the manifest cannot be read to its end, so there is nothing to start, even with `--skip-bad`. */
  readonly isUnreadable: boolean;
  /** For people: what was left out. */
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
] as const satisfies readonly (keyof ReportLine)[];

/** What to do with a file once its receipt is durable. */
export type AfterSending = { readonly do: 'leave' | 'delete' } | { readonly do: 'move'; readonly directory: string };

/** What a schedule sends: `STATE/schedules/NAME.json`. All paths are absolute. */
export interface ScheduleFile {
  readonly type: 'schedule';
  readonly v: 1;
  readonly name: string;
  readonly host: string;
  /** What to prepare at each run. */
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
  /** Send the good lines of a manifest when some are bad. Of a directory they always are. */
  readonly skipBad: boolean;
  /** A file counts when it has not changed for so long. */
  readonly settleMs: number;
  readonly after: AfterSending;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

export type { LostRuns, ScheduleBook, ToldOfSchedule } from './schedule-book';

/** Asks the ledger for the receipts of a send key. */
export type SentUnder = (sendKey: string) => Promise<readonly SentFile[]>;

/** Of a receipt, what tells whether a file is still the one that was sent. */
export interface SentFile {
  /** Lower-case hex. */
  readonly md5: string;
  /** ISO 8601, UTC. */
  readonly finishedAt: string;
}
