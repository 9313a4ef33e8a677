/**
 * A job: many files as one unit of work. One workflow on the job's home host runs *pages*, each a run of consecutive
 * *lines* of one account, consumer and conversation, in a window of *lanes*. The *clerk*, an activity on the home host,
 * hands out pages from the job's manifest and records the results of lines in the job's journal.
 */
import type { ErrorCode } from '../errors/table';
import type { Asked } from './audit';
import type { Shapes } from './shapes';
import type { ProgressDetails } from './status';
import type { OpenedAt } from './steps';
import type { Command, Receipt, TransferError } from './transfer';

/**
 * The limits of a page. A file above `bytes` becomes a transfer of its own, because it would occupy a lane for too
 * long.
 */
export const PAGE_LIMITS = { lines: 50, bytes: 8_000_000, jsonBytes: 64_000 } as const;

/** For each host that carries pages. */
export const DEFAULT_LANES = 8;
export const MOST_LANES = 64;

export type JobState = 'running' | 'waiting' | 'paused' | 'parked' | 'done' | 'failed' | 'cancelled';

/** The results of a line. A line without a result is not settled yet. */
export const LINE_STATES = ['done', 'failed', 'parked', 'skipped', 'cancelled'] as const;
export type LineState = (typeof LINE_STATES)[number];

export interface JobCounts {
  readonly done: number;
  readonly failed: number;
  readonly parked: number;
  /** Sent before, by this or another job or transfer. */
  readonly skipped: number;
  /** On a page under way. */
  readonly running: number;
  readonly waiting: number;
}

/** The number of lines that failed or are parked for one reason. */
export interface JobReason {
  readonly state: LineState;
  readonly code: ErrorCode;
  readonly lines: number;
  /** See {@link LineResult.refused}. */
  readonly refused?: true;
}

/** A place in the manifest of a job: pages are cut from here on. */
export interface ManifestPosition {
  /** Byte offset of a row in the stored manifest; 0: its first row. */
  readonly offset: number;
  /** Number of the page that begins here, from 0, counted within the pass. */
  readonly page: number;
}

/** One file of a job, as its manifest was read: its account, consumer and conversation are those of its page. */
export interface JobLine {
  /** The line number in the manifest file, from 1 (the header of a CSV is line 1). Unique in a job. */
  readonly line: number;
  /** Absolute, symbolic links resolved. */
  readonly source: string;
  readonly sizeBytes: number;
  /** Milliseconds since the epoch, with fraction. */
  readonly mtimeMs: number;
  readonly inode: number;
  /** Rendered: placeholders are filled in. */
  readonly caption: string;
  /** Absolute directory; null: the file is not fetched back. */
  readonly fetchTo: string | null;
  /** The id of the line's own transfer, used in receipts, in the ledger, and as the workflow id of a large file. */
  readonly transferId: string;
  /** The id that a plain send of this file gets; null with `--again`. See {@link TransferInput.sendKey}. */
  readonly sendKey: string | null;
  /** What earlier passes left open. Absent when nothing is open. */
  readonly perhapsSent?: readonly PerhapsSent[];
}

/**
 * A publish of a line without a known result. The ledger of the host that published has an intent of it; another host that
 * carries the line in a later pass learns of it here.
 */
export interface PerhapsSent {
  readonly conversationId: string;
  readonly dialogId: string;
  readonly lastSequence: number;
  readonly relativePath: string;
  /** Lower-case hex. */
  readonly md5: string;
  /** Unix milliseconds before which a look that finds nothing proves nothing. */
  readonly settledAt: number;
}

export interface JobPage extends Asked {
  readonly jobId: string;
  /** From 1; each `job retry` is another pass over the lines it chooses. */
  readonly pass: number;
  readonly page: number;
  readonly account: string;
  readonly consumer: string;
  /** A conversation to use; null: the consumer's open one, or a new one. */
  readonly conversationId: string | null;
  readonly verify: boolean;
  readonly lines: readonly JobLine[];
}

/** The result of one line: a row of the journal and of `ferry job report`. */
export interface LineResult {
  readonly line: number;
  readonly state: LineState;
  readonly transferId: string;
  readonly source: string;
  readonly conversationId: string | null;
  readonly sequence: number | null;
  readonly relativePath: string | null;
  readonly fileType: string | null;
  readonly sizeBytes: number | null;
  /** Lower-case hex. */
  readonly md5: string | null;
  readonly sha256: string | null;
  readonly fetchedTo: string | null;
  /** Null when the line is done, or was skipped because its file had been sent before. */
  readonly error: TransferError | null;
  /** ISO 8601, UTC. */
  readonly finishedAt: string;
  /** The manifest check refused the line, so no pass runs it. */
  readonly refused?: true;
  /** As in {@link JobLine}. Absent when it is known whether the line was sent. */
  readonly perhapsSent?: readonly PerhapsSent[];
}

/** Inspected and in storage; its message is not published yet. */
export interface DeliveredLine {
  readonly line: JobLine;
  readonly name: string;
  readonly fileType: string;
  readonly relativePath: string;
  readonly md5: string;
  readonly sha256: string | null;
  readonly urlRenewals: number;
  readonly bytesSent: number;
}

/**
 * Activity `deliverPage`, on the queue for bytes of the host that carries the page: inspect, link and upload its lines.
 */
export interface DeliverPageInput {
  readonly page: JobPage;
}

export interface DeliverPageResult {
  /** Null only when nothing was delivered. */
  readonly opened: OpenedAt | null;
  readonly delivered: readonly DeliveredLine[];
  /** Failed, parked or skipped. Every line of the page is in exactly one of the two lists. */
  readonly settled: readonly LineResult[];
  /** ISO 8601, UTC: before any file of the page was read. Absent from workers of 0.2.0-rc.1. */
  readonly startedAt?: string;
}

/** Heartbeat details of `deliverPage` and `fetchPage`: a hint for people, and for the next attempt. */
export interface PageProgress {
  /** Bytes of the lines that this attempt has done. */
  readonly bytesDone: number;
  /** By line number: the lines under way, and the lines that an attempt has started but not finished. */
  readonly lines: Readonly<Record<string, ProgressDetails>>;
}

/** Activity `publishPage`, on the queue of the host that delivered the page. */
export interface PublishPageInput {
  readonly page: Omit<JobPage, 'lines'>;
  readonly host: string;
  readonly opened: OpenedAt;
  readonly lines: readonly DeliveredLine[];
  /** False only when no publish of these lines was ever scheduled before. */
  readonly lookFirst: boolean;
  /** Unix milliseconds before which a look that finds nothing proves nothing; null: it does at once. */
  readonly settledAt: number | null;
  /** True when the last attempt left no report, so `settledAt` is the latest possible time. */
  readonly isSettledAtGuessed?: boolean;
  /** As in {@link PublishInput}. */
  readonly settlesInMs?: number | null;
  /**
   * Unix milliseconds; no publish of these lines was scheduled before this time. Absent in pages that 0.2.0-rc.1
   * delivered.
   */
  readonly deliveredAt?: number;
  /** As in the result of `deliverPage`. */
  readonly startedAt?: string;
}

export interface PublishPageResult {
  readonly settled: readonly LineResult[];
  /** Lines that were not settled, in order: they are scheduled again with `lookFirst`. Empty: the page is published. */
  readonly left: readonly number[];
  /** The conversation for the remaining lines. If its consumer has changed, they have to be delivered again. */
  readonly opened: OpenedAt;
  /** As in the input, for the lines that are left; absent: as null. */
  readonly settledAt?: number;
  readonly settlesInMs?: number;
}

/** Activity `fetchPage`, on the queue for bytes of the host that delivered the page. */
export interface FetchPageInput {
  readonly page: Omit<JobPage, 'lines'>;
  /** Published lines whose file is to be fetched back or verified. */
  readonly lines: readonly { readonly line: JobLine; readonly result: LineResult }[];
}

export interface FetchPageResult {
  /** The results, grown by `fetchedTo`; a line that could not be fetched keeps state `done` and says why in `error`. */
  readonly settled: readonly LineResult[];
}

export interface PageResult {
  /** The account of the page; absent when it is no longer known. */
  readonly account?: string;
  readonly pass: number;
  readonly page: number;
  readonly results: readonly LineResult[];
}

/** Which lines a later pass runs again: the failed and parked ones whose error has this code; null: all of them. */
export interface RetryChoice {
  readonly code: ErrorCode | null;
}

/** Activity `clerk`, on the queue of the home host. Idempotent: a page that is in the journal is not recorded twice. */
export interface ClerkInput {
  readonly jobId: string;
  readonly pass: number;
  /** Null: the pass runs every line that is neither done nor skipped. */
  readonly retry: RetryChoice | null;
  readonly finished: readonly PageResult[];
  /** Where to cut the next pages; null: none are wanted. */
  readonly from: ManifestPosition | null;
  readonly wanted: number;
  /**
   * Set in the first call on a new home host: the number of lines that the former host's journal had settled. A journal
   * with fewer lines is an incomplete copy: JOB_FILES_UNUSABLE names the missing lines.
   */
  readonly settledBefore?: number;
}

export interface ClerkAnswer {
  readonly pages: readonly JobPage[];
  /** The position of the next pages; null when the pass has no more pages. */
  readonly next: ManifestPosition | null;
  /** The counts of the journal over all passes; the last result of each line counts. */
  readonly settled: Readonly<Record<LineState, number>>;
  /** Bytes of the lines that are done or skipped. */
  readonly bytesDone: number;
  /** The most frequent first. */
  readonly reasons: readonly JobReason[];
}

/** On the queue of a host: short. */
export interface JobHostActivities {
  readonly clerk: (input: ClerkInput) => Promise<ClerkAnswer>;
  readonly publishPage: (input: PublishPageInput) => Promise<PublishPageResult>;
}

/** On a host's queue for moving bytes: long. */
export interface JobIoActivities {
  readonly deliverPage: (input: DeliverPageInput) => Promise<DeliverPageResult>;
  readonly fetchPage: (input: FetchPageInput) => Promise<FetchPageResult>;
}

export const JOB_RESULTS: Shapes<JobHostActivities & JobIoActivities> = {
  clerk: { pages: 'list', next: 'object or null', settled: 'object', bytesDone: 'number', reasons: 'list' },
  deliverPage: { opened: 'object or null', delivered: 'list', settled: 'list' },
  publishPage: { settled: 'list', left: 'list', opened: 'object' },
  fetchPage: { settled: 'list' },
};

/** The destination and the settings of a job; stored with the manifest, and part of the workflow's input. */
export interface JobInput {
  /** Also the workflow id: `<account>-<name>-<hash>`. */
  readonly jobId: string;
  readonly name: string;
  /** The account of the first line; other lines may have other accounts. */
  readonly account: string;
  /** The home host, which has the manifest, the journal and the ledger of the job. */
  readonly host: string;
  /** The hosts that carry pages: all of them have the sources under the same paths. */
  readonly hosts: readonly string[];
  readonly lines: number;
  readonly bytesTotal: number;
  readonly lanes: number;
  /** Publish strictly in the order of the manifest. */
  readonly ordered: boolean;
  readonly verify: boolean;
  /** Milliseconds, pauses not counted, after which lines that are not settled park with DEADLINE_PASSED. */
  readonly deadlineMs: number;
  /** True: people are notified of the end. Absent for jobs of an earlier version, which replay without a notice. */
  readonly notices?: true;
}

/** The state of a page from its first step until the clerk has recorded it. */
export interface PageUnderWay {
  readonly page: Omit<JobPage, 'lines'>;
  /** The host that delivers or has delivered the page; null before the delivery starts. */
  readonly host: string | null;
  readonly toDeliver: readonly JobLine[];
  /** Null until it is delivered. */
  readonly toPublish: Omit<PublishPageInput, 'page' | 'host'> | null;
  readonly toFetch: FetchPageInput['lines'];
  readonly settled: readonly LineResult[];
}

/** A file above the size of a page. It is sent by a transfer of its own, which signals its result to the job. */
export interface LargeFile {
  readonly page: Omit<JobPage, 'lines'>;
  readonly line: JobLine;
}

/** The state that a job passes on when it continues as new. */
export interface JobCarried {
  readonly pass: number;
  readonly retry: RetryChoice | null;
  /** Requested passes that have not started. */
  readonly retries: readonly RetryChoice[];
  readonly next: ManifestPosition | null;
  readonly pages: readonly PageUnderWay[];
  readonly large: readonly LargeFile[];
  readonly tally: Pick<ClerkAnswer, 'settled' | 'bytesDone' | 'reasons'>;
  /** ISO 8601, UTC: the start of the first run. */
  readonly startedAt: string;
  /** Time of the deadline that is used up, in milliseconds. */
  readonly spentMs: number;
  readonly paused: boolean;
  readonly parked: TransferError | null;
  /** Ids of the commands that were applied lately. */
  readonly commandIds: readonly string[];
}

/** The input of a job workflow. */
export interface JobStart extends JobInput, Asked {
  /**
   * Set when an ended job is started again, to retry lines or after a cancel. Absent for the first pass. `tally`: as the
   * job ended, so that the counts are right before the clerk has answered.
   */
  readonly begin?: Pick<JobCarried, 'pass' | 'retry'> & Partial<Pick<JobCarried, 'tally'>>;
  /** Set when the workflow continued as new. */
  readonly carried?: JobCarried;
}

/** Signal from the transfer of a large file: the result of the line. */
export const LINE_SIGNAL = 'lineSettled';

/** Updates and signals of a job, beside {@link COMMAND}: pause and resume; `retry` begins another pass. */
export const JOB_COMMAND = { pause: 'pause', resume: 'resume', retry: 'retry', set: 'set', move: 'move' } as const;

export type JobCommandName = keyof typeof JOB_COMMAND;

export interface JobCommand extends Command {
  /** `retry` only: the lines that failed or are parked for this reason; absent: all that failed or are parked. */
  readonly code?: ErrorCode;
  /** `set` only: 1 to {@link MOST_LANES}. */
  readonly lanes?: number;
}

/** The state of the job after an accepted command. */
export interface JobCommandAnswer {
  readonly state: JobState;
}

export const JOB_VIEW_QUERY = 'jobView';

/** Memo field with the {@link JobView} of a job that has ended: readable in a list, and without a worker. */
export const JOB_MEMO = 'job';

/** The state of a job as its workflow reports it, for `job status` and similar commands. */
export interface JobView {
  readonly jobId: string;
  readonly name: string;
  readonly account: string;
  readonly host: string;
  readonly state: JobState;
  readonly lines: number;
  readonly counts: JobCounts;
  readonly bytesTotal: number;
  readonly bytesDone: number;
  /** Rate over the last half minute; for an ended job, over its whole time. */
  readonly filesPerSecond: number;
  readonly bytesPerSecond: number;
  readonly lanes: number;
  readonly pass: number;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** Why the whole job does not proceed, or ended early. */
  readonly error: TransferError | null;
  /** Why lines failed or are parked, the most frequent first. */
  readonly reasons: readonly JobReason[];
  /** The page that is under way for the longest time. */
  readonly slowest: SlowPage | null;
  /** A person has cancelled the job, and what was begun is settled before its end. Absent otherwise. */
  readonly cancelling?: true;
}

export interface SlowPage {
  readonly step: PageStep;
  /** The first file of the page. */
  readonly source: string;
  readonly lines: number;
  /** ISO 8601, UTC: when the page began. */
  readonly since: string;
}

/** The step of a page. `transfer`: a large file with a transfer of its own. */
export type PageStep = 'deliver' | 'publish' | 'fetch' | 'transfer';

/** What a job workflow returns. */
export interface JobResult {
  readonly view: JobView;
  /** The input with which an ended job can be started again. */
  readonly input: JobInput;
}

/** The job and the line that a transfer belongs to. */
export interface LineOfJob {
  readonly jobId: string;
  readonly pass: number;
  readonly page: number;
  readonly line: number;
}

/** The input of {@link LINE_SIGNAL}, which the transfer of a large file sends. */
export interface LineSettled extends LineOfJob {
  /** `parked`: the transfer waits for a person, and signals again when it has ended. */
  readonly state: LineState;
  readonly receipt: Receipt | null;
  readonly error: TransferError | null;
}
