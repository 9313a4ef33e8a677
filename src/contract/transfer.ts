/** A transfer: its input, its commands, its receipt and its result. */
import type { ErrorCode } from '../errors/table';
import type { Asked } from './audit';
import type { LineOfJob } from './job';
import type { TransferState } from './status';
import type { Step } from './steps';

/**
 * Longest caption, in characters (Unicode code points). LivePerson states no limit; a caption is a line under a
 * picture.
 */
export const LONGEST_CAPTION = 1000;

/** The account and the consumer. Every activity that talks to LivePerson gets them. */
export interface Identity {
  readonly account: string;
  readonly consumer: string;
}

/** The file to send. Size, mtime and inode are those that the sender saw; null for a file on another host. */
export interface SourceRef {
  /** Absolute, symbolic links resolved (as the sender saw it). */
  readonly path: string;
  readonly sizeBytes: number | null;
  /** Modification time, milliseconds since the epoch, with fraction. */
  readonly mtimeMs: number | null;
  readonly inode: number | null;
}

/**
 * What a sender may choose for a message. Client, workflow and activities hand all choices on with {@link choicesOf},
 * so a new choice is declared here, set by its flag and used by its activity.
 */
export interface SendChoices {
  /** At most {@link LONGEST_CAPTION} characters; may be empty. */
  readonly caption: string;
  /**
   * Send the file as this type, whatever its content looks like; TYPE_NOT_ALLOWED when the account does not take it.
   */
  readonly sendAs?: string;
}

const CHOICES: Readonly<Record<keyof SendChoices, true>> = { caption: true, sendAs: true };

/** The choices among the given fields. */
export function choicesOf(given: Partial<SendChoices>): SendChoices {
  const chosen = Object.entries(given).filter(([name, value]) => name in CHOICES && value !== undefined);
  return { caption: '', ...(Object.fromEntries(chosen) as Partial<SendChoices>) };
}

export interface TransferInput extends Identity, SendChoices, Asked {
  /** Also the workflow id. */
  readonly transferId: string;
  /**
   * The transfer id that a plain send of this file gets: the host finds an earlier send of the file by it. Null or
   * absent for a transfer that must not be recognised: `--again`, or an id that a person chose.
   */
  readonly sendKey?: string | null;
  /** The receipt of an earlier run of this transfer. The same content is not sent again. */
  readonly sentBefore?: Receipt;
  /** Host id whose queues move the bytes. */
  readonly host: string;
  readonly source: SourceRef;
  /** A conversation to use; null: the consumer's open one, or a new one. */
  readonly conversationId: string | null;
  /** Absolute directory on the same host to fetch the file back into; null: do not. */
  readonly fetchTo: string | null;
  /** Fetch the file back only to compare digests, keep nothing. Implied by fetchTo. */
  readonly verify: boolean;
  /** Milliseconds, pauses and parkings not counted, after which the transfer parks with DEADLINE_PASSED. */
  readonly deadlineMs: number;
  /**
   * True: people are notified when the transfer parks or fails. Absent for transfers of an earlier version, which
   * replay without notices.
   */
  readonly notices?: true;
  /** The job that gets a signal when the transfer ends or parks. Absent when the transfer does not belong to a job. */
  readonly job?: LineOfJob;
}

/** Digests in lower-case hex. */
export interface Comparison {
  /** Of the uploaded file; null: nothing was uploaded yet, and the upload will take the file as it is then. */
  readonly uploadedMd5: string | null;
  /** Of the file as it lies on its host now; null when nobody could read it. */
  readonly presentMd5: string | null;
}

/** A person's command, from the client. */
export interface Command extends Asked {
  /** Unique for each command, so that an update that arrives after its own signal is not applied twice. */
  readonly commandId: string;
  /** `retry` only: go on with this host's copy of the source, once it has been compared. */
  readonly host?: string;
}

/** State and step of the transfer after a command. */
export interface CommandAnswer {
  readonly state: TransferState;
  readonly step: Step;
}

/** The receipt of a transfer. */
export interface Receipt extends Asked {
  readonly transferId: string;
  readonly source: string;
  readonly host: string;
  readonly account: string;
  readonly consumer: string;
  readonly conversationId: string | null;
  readonly dialogId: string | null;
  readonly relativePath: string;
  /** Sequence of the hosted/file message in its dialog. */
  readonly sequence: number | null;
  readonly caption: string;
  /** LivePerson's upper-case file type: JPG, JPEG, PNG, GIF, PDF ... */
  readonly fileType: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly md5: string;
  /** Lower-case hex; null until there is one. */
  readonly sha256: string | null;
  /**
   * Only for a fetch. False: neither a receipt nor storage knew an MD5 of the object, so nothing proves that the
   * fetched file is the file that was sent.
   */
  readonly verified?: boolean;
  /** Absolute path that the file was fetched back to, on `host`; null when it was not. */
  readonly fetchedTo: string | null;
  readonly urlRenewals: number;
  /** Bytes of file content put on the wire, all attempts together. */
  readonly bytesSent: number;
  /** Bytes of file content taken from the wire, all attempts together. */
  readonly bytesFetched: number;
  /** True when an earlier, equal send had done this already. The workflow says false; the client sets it. */
  readonly repeated: boolean;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** An error as data. Match on `code`, never on `message`. */
export interface TransferError {
  /** A row of the error table. */
  readonly code: ErrorCode;
  /** What happened and to what, as a sentence for people; holds no secret. */
  readonly message: string;
  /** What a person can do about it. */
  readonly remedy: string;
}

/**
 * What a transfer workflow returns. Before the first publish attempt a failure closes the workflow as failed instead;
 * from then on it closes only as completed, and `error` says what failed or was cancelled afterwards.
 */
export interface TransferResult {
  readonly state: 'done' | 'failed' | 'cancelled';
  /** Present whenever the message was published (or, for a fetch, the file fetched). */
  readonly receipt: Receipt | null;
  readonly error: TransferError | null;
}
