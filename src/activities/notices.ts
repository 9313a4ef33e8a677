import { z } from 'zod';
import {
  MOST_IDS,
  NOTICE_REASONS,
  type DeliverNoticeInput,
  type DeliverNoticeResult,
  type Notice,
  type NoticeGroup,
  type StoppedUrl,
  type TellInput,
} from '../contract';
import { FerryError, toFerryError } from '../errors';
import * as bound from './bounds';
import type { Attempt } from './edge';

const told = {
  account: bound.account,
  reason: z.enum(NOTICE_REASONS),
  count: bound.amount.min(1),
  ids: z.array(bound.id).max(MOST_IDS),
  text: bound.text.nullable(),
};
const notice = bound.record<Notice>({ ...told, code: bound.code.nullable() });
const noticeGroup = bound.record<NoticeGroup>({
  ...told,
  codes: z.record(bound.code, bound.amount),
  since: bound.moment,
  until: bound.moment,
});

export const tellInput = bound.record<TellInput>({ notices: z.array(notice).max(bound.MOST) });

export const deliverNoticeInput = bound.record<DeliverNoticeInput>({
  destination: bound.account,
  messageId: bound.id,
  group: noticeGroup,
  stopped: bound.record<StoppedUrl>({ fingerprint: bound.id, at: bound.moment }).nullable(),
});

/** The notification functions that the worker provides. */
export interface Notices {
  /**
   * Signals notices to the workflows of the receivers that want them, if any. The notices are durable once it resolves.
   * For code outside of workflows, such as a limiter.
   */
  tell(notices: readonly Notice[]): Promise<void>;
  /** One attempt to send a message. NOTICE_UNDELIVERED, NOTICE_NOT_ALLOWED, and what reading a secret throws. */
  deliver(input: DeliverNoticeInput, signal: AbortSignal): Promise<DeliverNoticeResult>;
}

/**
 * First pause after a failed delivery, and the longest: half a minute would be too often for a receiver that is away.
 */
const PAUSE_MS = { first: 5_000, longest: 3_600_000 } as const;

/**
 * 5 s, 20 s, 80 s, 320 s, 21 min, then an hour; each varied by up to a fifth, so that receivers are not called all at
 * once.
 */
function pauseBeforeDeliveryMs(attempt: number): number {
  const pause = Math.min(PAUSE_MS.first * 4 ** (attempt - 1), PAUSE_MS.longest);
  return pause * (0.8 + 0.4 * Math.random());
}

/** One attempt; the pauses between attempts are longer than those of a transfer's steps. */
export async function deliverNotice(
  notices: Notices,
  input: DeliverNoticeInput,
  { number, signal }: Attempt<never>,
): Promise<DeliverNoticeResult> {
  try {
    return await notices.deliver(input, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    const { code, message, details, cause, row, retryAfterMs } = toFerryError(thrown);
    if (row.does === 'fail') throw thrown;
    const pause = Math.max(pauseBeforeDeliveryMs(number), retryAfterMs ?? 0);
    throw new FerryError(code, message, { details, cause, retryAfterMs: pause });
  }
}
