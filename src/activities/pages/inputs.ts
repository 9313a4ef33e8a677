/** What the activities of a job's pages accept. */
import { z } from 'zod';
import {
  LINE_STATES,
  PAGE_LIMITS,
  type ClerkInput,
  type DeliverPageInput,
  type DeliveredLine,
  type FetchPageInput,
  type JobLine,
  type JobPage,
  type LineResult,
  type PageResult,
  type PerhapsSent,
  type PublishPageInput,
} from '../../contract';
import * as bound from '../bounds';

/** It becomes a part of a path. */
const jobId = z.string().regex(/^[A-Za-z0-9][\w.-]{0,199}$/);
const transferError = z.looseObject({ code: bound.code, message: bound.text, remedy: bound.text });
const perhapsSent = z
  .array(
    bound.record<PerhapsSent>({
      conversationId: bound.id,
      dialogId: bound.id,
      lastSequence: bound.number,
      relativePath: bound.path,
      md5: bound.id,
      settledAt: bound.time,
    }),
  )
  .optional();
const lineResult = bound.record<LineResult>({
  line: bound.amount,
  state: z.enum(LINE_STATES),
  transferId: bound.id,
  source: bound.path,
  conversationId: bound.id.nullable(),
  sequence: bound.number.nullable(),
  relativePath: bound.path.nullable(),
  fileType: bound.text.nullable(),
  sizeBytes: bound.amount.nullable(),
  md5: bound.text.nullable(),
  sha256: bound.text.nullable(),
  fetchedTo: bound.path.nullable(),
  error: transferError.nullable(),
  finishedAt: bound.text,
  refused: z.literal(true).optional(),
  perhapsSent,
});
const pageResult = bound.record<PageResult>({
  account: bound.account.optional(),
  pass: bound.amount,
  page: bound.amount,
  results: z.array(lineResult).max(bound.MOST),
});
const jobLine = bound.record<JobLine>({
  line: bound.amount,
  source: bound.path,
  sizeBytes: bound.amount,
  mtimeMs: bound.number,
  inode: bound.number,
  caption: bound.caption,
  fetchTo: bound.path.nullable(),
  transferId: bound.id,
  sendKey: bound.id.nullable(),
  perhapsSent,
});
const pageFields = {
  ...bound.asked,
  jobId,
  pass: bound.amount,
  page: bound.amount,
  ...bound.identity,
  conversationId: bound.id.nullable(),
  verify: bound.truth,
} satisfies bound.Fields<Omit<JobPage, 'lines'>>;
const page = bound.record<Omit<JobPage, 'lines'>>(pageFields);
const deliveredLine = bound.record<DeliveredLine>({
  line: jobLine,
  name: bound.id,
  fileType: bound.id,
  relativePath: bound.path,
  md5: bound.id,
  sha256: bound.id.nullable(),
  urlRenewals: bound.amount,
  bytesSent: bound.amount,
});
const publishedLine = bound.record<FetchPageInput['lines'][number]>({ line: jobLine, result: lineResult });

export const clerkInput = bound.record<ClerkInput>({
  jobId,
  pass: bound.amount,
  retry: z.looseObject({ code: bound.code.nullable() }).nullable(),
  finished: z.array(pageResult).max(bound.MOST),
  from: z.looseObject({ offset: bound.amount, page: bound.amount }).nullable(),
  wanted: bound.amount.max(bound.MOST),
  settledBefore: bound.amount.optional(),
});

export const deliverPageInput = bound.record<DeliverPageInput>({
  page: bound.record<JobPage>({ ...pageFields, lines: z.array(jobLine).max(PAGE_LIMITS.lines) }),
});

export const publishPageInput = bound.record<PublishPageInput>({
  page,
  host: bound.id,
  opened: bound.openedAt,
  lines: z.array(deliveredLine).max(PAGE_LIMITS.lines),
  lookFirst: bound.truth,
  ...bound.settling,
  isSettledAtGuessed: bound.truth.optional(),
  deliveredAt: bound.number.optional(),
  startedAt: bound.moment.optional(),
});

export const fetchPageInput = bound.record<FetchPageInput>({
  page,
  lines: z.array(publishedLine).max(PAGE_LIMITS.lines),
});
