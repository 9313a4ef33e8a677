/**
 * The inputs that each activity accepts. Anybody who may start a workflow chooses these inputs, so they are checked
 * before use. Unknown fields pass, because a newer client may send more than this worker knows.
 */
import { z } from 'zod';
import {
  PAGE_LIMITS,
  type DeliveredLine,
  type DeliverPageInput,
  type FetchPageInput,
  type JobLine,
  type JobPage,
  type PublishPageInput,
  ASKED,
  LONGEST_CAPTION,
  LINE_STATES,
  MOST_IDS,
  NOTICE_REASONS,
  type AcquireTokenInput,
  type Asked,
  type AuditAction,
  type AuditEntry,
  type ClerkInput,
  type ConversationRef,
  type DigestSourceInput,
  type DeliverNoticeInput,
  type DiscardPartInput,
  type EnsureConversationInput,
  type FetchActivityInput,
  type Identity,
  type InspectInput,
  type Inspection,
  type KeepAuditInput,
  isScheduleName,
  type KeepReceiptInput,
  type LaunchInput,
  type LineResult,
  type LeaseInput,
  type LimitGrant,
  type LookAtConversationInput,
  type Notice,
  type NoticeGroup,
  type OpenedAt,
  type OpenInput,
  type PageResult,
  type PerhapsSent,
  type PublishInput,
  type Receipt,
  type ReceiptDraft,
  type RequestDownloadUrlInput,
  type RequestUploadUrlInput,
  type ResealTokenInput,
  type SealedToken,
  type SendChoices,
  type StoppedUrl,
  type TellInput,
  type SealedUrl,
  type SetShareInput,
  type SourceRef,
  type UploadInput,
} from '../contract';
import { FerryError, isErrorCode } from '../errors';

/** In characters. Temporal and LivePerson limit ids; the operating system limits paths. */
const LONGEST = { account: 64, consumer: 100, path: 4096, id: 255, sealed: 65_536, note: 4096 } as const;
const MOST = { closed: 1000, notes: 100, lines: 1000, pages: 1000, entries: 1000, notices: 1000 } as const;

export type InputSchema<Input> = z.ZodType<Input>;

/** A schema for each field of an input, also for optional fields, so that a new field must get its bounds. */
type Fields<Input> = {
  readonly [Key in keyof Required<Input>]: z.ZodType<Input[Key]>;
};

/**
 * Returns the input if it is within its bounds. INPUT_REFUSED names the field and not the value, which may be long,
 * hostile or secret.
 */
export function checkedInput<Input>(schema: InputSchema<Input>, input: unknown): Input {
  const { error } = schema.safeParse(input);
  if (error === undefined) return input as Input;
  const field = error.issues[0]?.path.join('.') ?? '';
  const what = field === '' ? 'The input of this step' : `The field ${field.slice(0, 100)} of this step's input`;
  throw new FerryError('INPUT_REFUSED', `${what} is missing, of the wrong type or too long.`, { details: { field } });
}

const record = <Input>(fields: Fields<Input>): InputSchema<Input> =>
  z.looseObject(fields) as unknown as InputSchema<Input>;

const textOf = (longest: number) => z.string().max(longest);
const id = textOf(LONGEST.id).min(1);
// The operating system refuses a path with a NUL byte.
const path = textOf(LONGEST.path).regex(/^[^\0]+$/);
const amount = z.int().min(0);
/** Unix milliseconds: the last time that a Date can have. */
const LATEST = 8.64e15;
const number = z.number();
const sealed = textOf(LONGEST.sealed);
/** Characters are Unicode code points; each takes at most two of JavaScript's. */
const charactersOf = (longest: number) =>
  textOf(2 * longest).refine((text) => text.length <= longest || Array.from(text).length <= longest);
const caption = charactersOf(LONGEST_CAPTION);
const asked = Object.fromEntries(
  Object.entries(ASKED).map(([name, longest]) => [name, charactersOf(longest).optional()]),
) as unknown as Fields<Asked>;
const choices = { caption, sendAs: id.optional() } satisfies Fields<SendChoices>;
const closed = z.array(id).max(MOST.closed);
const notes = z.array(textOf(LONGEST.note)).max(MOST.notes);
/** ISO 8601 in UTC, as `Date.toISOString` writes it, of the years 1000 to 9999: a file is named after its month. */
const moment = z.string().regex(/^[1-9]\d{3}-(?:0[1-9]|1[0-2])-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/);

const identity = { account: textOf(LONGEST.account).min(1), consumer: textOf(LONGEST.consumer).min(1) };
const transfer = { ...identity, transferId: id };

const sealedUrl = record<SealedUrl>({ relativePath: path, sealed, expiresAt: number });
const sealedToken = record<SealedToken>({
  sealed,
  consumerId: id,
  expiresAt: number.nullable(),
  fingerprint: id,
});
const inspection = record<Omit<Inspection, 'alreadySent'>>({
  source: path,
  name: id,
  sizeBytes: amount,
  mtimeMs: number,
  inode: number,
  fileType: id,
  notes,
});
const sourceRef = record<SourceRef>({
  path,
  sizeBytes: amount.nullable(),
  mtimeMs: number.nullable(),
  inode: number.nullable(),
});
const openedAt = record<OpenedAt>({ conversationId: id, dialogId: id, consumerId: id, lastSequence: number });
const conversationRef = { conversationId: id, dialogId: id } satisfies Fields<ConversationRef>;

const ACTIONS: Readonly<Record<AuditAction, AuditAction>> = {
  send: 'send',
  fetch: 'fetch',
  job: 'job',
  cancel: 'cancel',
  pause: 'pause',
  resume: 'resume',
  retry: 'retry',
  set: 'set',
  move: 'move',
};
const auditEntry = record<AuditEntry>({
  transferId: id,
  account: identity.account,
  consumer: identity.consumer.optional(),
  ...asked,
  id,
  at: moment,
  action: z.enum(ACTIONS),
  host: id,
  source: path,
});

const receiptDraft: Fields<ReceiptDraft> = {
  ...transfer,
  ...asked,
  source: path,
  host: id,
  relativePath: path,
  caption,
  fileType: textOf(LONGEST.id),
  sizeBytes: amount,
  md5: textOf(LONGEST.id),
  sha256: textOf(LONGEST.id).nullable(),
  verified: z.boolean().optional(),
  fetchedTo: path.nullable(),
  urlRenewals: amount,
  bytesSent: amount,
  bytesFetched: amount,
  repeated: z.boolean(),
  startedAt: moment,
};
const receipt = record<Receipt>({
  ...receiptDraft,
  conversationId: conversationRef.conversationId.nullable(),
  dialogId: conversationRef.dialogId.nullable(),
  sequence: number.nullable(),
  finishedAt: moment,
});

/** It becomes a part of a path. */
const jobId = z.string().regex(/^[A-Za-z0-9][\w.-]{0,199}$/);
const code = z.string().refine(isErrorCode);
const told = {
  account: textOf(LONGEST.account).min(1),
  reason: z.enum(NOTICE_REASONS),
  count: amount.min(1),
  ids: z.array(id).max(MOST_IDS),
  text: textOf(LONGEST.note).nullable(),
};
const notice = record<Notice>({ ...told, code: code.nullable() });
const noticeGroup = record<NoticeGroup>({
  ...told,
  codes: z.record(code, amount),
  since: moment,
  until: moment,
});
const text = textOf(LONGEST.note);
const transferError = z.looseObject({ code, message: text, remedy: text });
const perhapsSent = z
  .array(
    record<PerhapsSent>({
      conversationId: id,
      dialogId: id,
      lastSequence: number,
      relativePath: path,
      md5: id,
      settledAt: number.min(0).max(LATEST),
    }),
  )
  .optional();
const lineResult = record<LineResult>({
  line: amount,
  state: z.enum(LINE_STATES),
  transferId: id,
  source: path,
  conversationId: id.nullable(),
  sequence: number.nullable(),
  relativePath: path.nullable(),
  fileType: text.nullable(),
  sizeBytes: amount.nullable(),
  md5: text.nullable(),
  sha256: text.nullable(),
  fetchedTo: path.nullable(),
  error: transferError.nullable(),
  finishedAt: text,
  refused: z.literal(true).optional(),
  perhapsSent,
});
const pageResult = record<PageResult>({
  account: textOf(LONGEST.account).optional(),
  pass: amount,
  page: amount,
  results: z.array(lineResult).max(MOST.lines),
});

const jobLine = record<JobLine>({
  line: amount,
  source: path,
  sizeBytes: amount,
  mtimeMs: number,
  inode: number,
  caption,
  fetchTo: path.nullable(),
  transferId: id,
  sendKey: id.nullable(),
  perhapsSent,
});
const pageFields = {
  ...asked,
  jobId,
  pass: amount,
  page: amount,
  ...identity,
  conversationId: id.nullable(),
  verify: z.boolean(),
} satisfies Fields<Omit<JobPage, 'lines'>>;
const page = record<Omit<JobPage, 'lines'>>(pageFields);
const deliveredLine = record<DeliveredLine>({
  line: jobLine,
  name: id,
  fileType: id,
  relativePath: path,
  md5: id,
  sha256: id.nullable(),
  urlRenewals: amount,
  bytesSent: amount,
});
const publishedLine = record<FetchPageInput['lines'][number]>({ line: jobLine, result: lineResult });
const places = z.object({ requests: amount, transfers: amount });
const limitGrant = record<LimitGrant>({
  version: number,
  share: z.object({ requests: amount.nullable(), transfers: amount.nullable() }),
  fallback: places,
  requestsPerSecond: number.min(0).nullable(),
  bytesPart: number.min(0).max(1),
  bytesPerSecond: number.min(0).nullable(),
  timetable: textOf(LONGEST.note).nullable(),
  heldUntil: number,
});

const launchInput = record<LaunchInput>({ schedule: z.string().refine(isScheduleName) });

/** By the activity's name. */
export const INPUTS = {
  launch: launchInput,
  clear: launchInput,
  enable: record<Identity>(identity),
  open: record<OpenInput>({ ...transfer, conversationId: id.nullable(), closed, doubted: id.optional() }),
  requestUploadUrl: record<RequestUploadUrlInput>({ ...transfer, sizeBytes: amount, fileType: id }),
  requestDownloadUrl: record<RequestDownloadUrlInput>({ ...transfer, relativePath: path }),
  publish: record<PublishInput>({
    ...transfer,
    opened: openedAt,
    file: inspection,
    ...choices,
    relativePath: path,
    lookFirst: z.boolean(),
    lookOnly: z.boolean(),
    settledAt: number.nullable(),
    settlesInMs: number.nullable().optional(),
    isSettledAtGuessed: z.boolean().optional(),
    receipt: record<ReceiptDraft>(receiptDraft),
    sendKey: id.nullable().optional(),
  }),
  inspect: record<InspectInput>({
    ...identity,
    ...choices,
    source: sourceRef,
    fetchTo: path.nullable(),
    sendKey: id.nullable().optional(),
    sentBefore: receipt.optional(),
    expectedMd5: id.optional(),
    audit: auditEntry.optional(),
  }),
  digestSource: record<DigestSourceInput>({ ...identity, path }),
  discardPart: record<DiscardPartInput>({ account: identity.account, target: path }),
  upload: record<UploadInput>({
    ...transfer,
    file: inspection,
    url: sealedUrl,
    before: path.optional(),
  }),
  fetch: record<FetchActivityInput>({
    ...transfer,
    url: sealedUrl,
    target: path.nullable(),
    expected: z.looseObject({ sizeBytes: amount, md5: id }).nullable(),
  }),
  keepReceipt: record<KeepReceiptInput>({ receipt, runId: id, sendKey: id.nullable().optional() }),
  clerk: record<ClerkInput>({
    jobId,
    pass: amount,
    retry: z.looseObject({ code: code.nullable() }).nullable(),
    finished: z.array(pageResult).max(MOST.pages),
    from: z.looseObject({ offset: amount, page: amount }).nullable(),
    wanted: amount.max(MOST.pages),
    settledBefore: amount.optional(),
  }),
  deliverPage: record<DeliverPageInput>({
    page: record<JobPage>({ ...pageFields, lines: z.array(jobLine).max(PAGE_LIMITS.lines) }),
  }),
  publishPage: record<PublishPageInput>({
    page,
    host: id,
    opened: openedAt,
    lines: z.array(deliveredLine).max(PAGE_LIMITS.lines),
    lookFirst: z.boolean(),
    settledAt: number.nullable(),
    settlesInMs: number.nullable().optional(),
    isSettledAtGuessed: z.boolean().optional(),
    deliveredAt: number.optional(),
    startedAt: moment.optional(),
  }),
  fetchPage: record<FetchPageInput>({ page, lines: z.array(publishedLine).max(PAGE_LIMITS.lines) }),
  keepAudit: record<KeepAuditInput>({ entries: z.array(auditEntry).max(MOST.entries) }),
  tell: record<TellInput>({ notices: z.array(notice).max(MOST.notices) }),
  deliverNotice: record<DeliverNoticeInput>({
    destination: textOf(LONGEST.account).min(1),
    messageId: id,
    group: noticeGroup,
    stopped: record<StoppedUrl>({ fingerprint: id, at: moment }).nullable(),
  }),
  acquireToken: record<AcquireTokenInput>({ ...identity, previous: sealedToken.nullable() }),
  resealToken: record<ResealTokenInput>({ ...identity, token: sealedToken }),
  ensureConversation: record<EnsureConversationInput>({
    ...identity,
    token: sealedToken,
    closed,
    settledAt: number.nullable(),
    settlesInMs: number.nullable().optional(),
  }),
  holdLease: record<LeaseInput>({ account: identity.account, workerId: id, since: number }),
  setShare: record<SetShareInput>({ account: identity.account, workerId: id, grant: limitGrant }),
  lookAtConversation: record<LookAtConversationInput>({ ...identity, token: sealedToken, conversationId: id }),
} as const;
