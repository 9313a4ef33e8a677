/** Notices to people about events. One entity workflow for each destination sends them to a webhook. */
import type { ErrorCode } from '../errors/table';
import type { Shapes } from './shapes';

/** The reasons of notices. Only `ferry notify test` sends `test`. */
export const NOTICE_REASONS = [
  'parked',
  'failed',
  'credentialsRefused',
  'jobFinished',
  'scheduleMissed',
  'limitThrottled',
] as const;
export type NoticeReason = (typeof NOTICE_REASONS)[number];

/** Something that happened `count` times, for one account and one reason. */
export interface Notice {
  readonly account: string;
  readonly reason: NoticeReason;
  /** At least 1; a page of a job may report many lines at once. */
  readonly count: number;
  /** Null when the reason is not an error. */
  readonly code: ErrorCode | null;
  /** Ids of transfers, jobs or schedules; a few are enough. */
  readonly ids: readonly string[];
  /** A sentence about this case, shown while it is the only case of its group; null when there is nothing to add. */
  readonly text: string | null;
}

export interface TellInput {
  readonly notices: readonly Notice[];
}

/** The notices of one account and reason in one message. */
export interface NoticeGroup {
  readonly account: string;
  readonly reason: NoticeReason;
  readonly count: number;
  /** The number of cases for each error code. */
  readonly codes: Readonly<Partial<Record<ErrorCode, number>>>;
  /** At most {@link MOST_IDS}. */
  readonly ids: readonly string[];
  readonly text: string | null;
  /** ISO 8601: the times of the first and the last notice. */
  readonly since: string;
  readonly until: string;
}

export const MOST_IDS = 5;

/** Signal of the notices workflow. Its input is a {@link TellInput}. */
export const NOTICES_SIGNAL = 'notices';

export function noticesWorkflowId(destination: string): string {
  return `ferry-notices/${destination}`;
}

export interface NoticesInput {
  /** Name of a `[[notify]]` table. */
  readonly destination: string;
  /** Carried over when the workflow continues as new. */
  readonly carried?: NoticesCarried;
}

export interface NoticesCarried {
  /** For each group: the notices to send, and the earliest time of the next message in Unix milliseconds. */
  readonly groups: readonly { readonly group: NoticeGroup | null; readonly key: string; readonly nextAtMs: number }[];
  readonly stopped: StoppedUrl | null;
}

/** The receiver answered 410: nothing more is sent to this URL. */
export interface StoppedUrl {
  /** Distinguishes URLs without showing them. */
  readonly fingerprint: string;
  readonly at: string;
}

export interface DeliverNoticeInput {
  readonly destination: string;
  /** The same for every attempt, so that the receiver recognises repeated messages. */
  readonly messageId: string;
  readonly group: NoticeGroup;
  readonly stopped: StoppedUrl | null;
}

export interface DeliverNoticeResult {
  /**
   * - `delivered`: the receiver took it
   * - `stopped`: the receiver answered 410, now or before
   * - `dropped`: the configuration has no such destination any more
   */
  readonly outcome: 'delivered' | 'stopped' | 'dropped';
  readonly stopped: StoppedUrl | null;
}

/** On the shared queue. */
export interface NoticeActivities {
  /** Resolves when the notices are durable in the workflow of each destination that wants them. */
  readonly tell: (input: TellInput) => Promise<void>;
  readonly deliverNotice: (input: DeliverNoticeInput) => Promise<DeliverNoticeResult>;
}

export const NOTICE_RESULTS: Shapes<NoticeActivities> = {
  tell: null,
  deliverNotice: { outcome: 'text', stopped: 'object or null' },
};
