/**
 * Bounds of the inputs that activities accept. Anybody who may start a workflow chooses these inputs, so they are
 * checked before use. Unknown fields pass, because a newer client may send more than this worker knows. Each activity
 * has the bounds of its own input beside it, made of these.
 */
import { z } from 'zod';
import {
  ASKED,
  LONGEST_CAPTION,
  type Asked,
  type AuditAction,
  type AuditEntry,
  type ConversationRef,
  type Identity,
  type Inspection,
  type OpenedAt,
  type Receipt,
  type ReceiptDraft,
  type SealedToken,
  type SealedUrl,
  type SendChoices,
  type SourceRef,
} from '../contract';
import { FerryError, isErrorCode } from '../errors';

/** In characters. Temporal and LivePerson limit ids; the operating system limits paths. */
const LONGEST = { account: 64, consumer: 100, path: 4096, id: 255, sealed: 65_536, note: 4096 } as const;

/** The most entries of a list. */
export const MOST = 1000;
const MOST_NOTES = 100;

export type InputSchema<Input> = z.ZodType<Input>;

/** A schema for each field of an input, also for optional fields, so that a new field must get its bounds. */
export type Fields<Input> = {
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

export const record = <Input>(fields: Fields<Input>): InputSchema<Input> =>
  z.looseObject(fields) as unknown as InputSchema<Input>;

const textOf = (longest: number) => z.string().max(longest);
const shortText = textOf(LONGEST.id);
export const id = shortText.min(1);
// The operating system refuses a path with a NUL byte.
export const path = textOf(LONGEST.path).regex(/^[^\0]+$/);
export const amount = z.int().min(0);
export const number = z.number();
/** Unix milliseconds that a Date can have. */
export const time = number.min(0).max(8.64e15);
export const truth = z.boolean();
export const text = textOf(LONGEST.note);
export const code = z.string().refine(isErrorCode);
const sealed = textOf(LONGEST.sealed);
/** Characters are Unicode code points; each takes at most two of JavaScript's. */
const charactersOf = (longest: number) =>
  textOf(2 * longest).refine((text) => text.length <= longest || Array.from(text).length <= longest);
export const caption = charactersOf(LONGEST_CAPTION);
export const asked = Object.fromEntries(
  Object.entries(ASKED).map(([name, longest]) => [name, charactersOf(longest).optional()]),
) as unknown as Fields<Asked>;
export const choices = { caption, sendAs: id.optional() } satisfies Fields<SendChoices>;
export const closed = z.array(id).max(MOST);
const notes = z.array(text).max(MOST_NOTES);
/** ISO 8601 in UTC, as `Date.toISOString` writes it, of the years 1000 to 9999: a file is named after its month. */
export const moment = z.string().regex(/^[1-9]\d{3}-(?:0[1-9]|1[0-2])-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/);

export const account = textOf(LONGEST.account).min(1);
export const identity = { account, consumer: textOf(LONGEST.consumer).min(1) } satisfies Fields<Identity>;
export const transfer = { ...identity, transferId: id };

export const sealedUrl = record<SealedUrl>({ relativePath: path, sealed, expiresAt: number });
export const sealedToken = record<SealedToken>({
  sealed,
  consumerId: id,
  expiresAt: number.nullable(),
  fingerprint: id,
});
export const inspection = record<Omit<Inspection, 'alreadySent'>>({
  source: path,
  name: id,
  sizeBytes: amount,
  mtimeMs: number,
  inode: number,
  fileType: id,
  notes,
});
export const sourceRef = record<SourceRef>({
  path,
  sizeBytes: amount.nullable(),
  mtimeMs: number.nullable(),
  inode: number.nullable(),
});
export const openedAt = record<OpenedAt>({ conversationId: id, dialogId: id, consumerId: id, lastSequence: number });
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
export const auditEntry = record<AuditEntry>({
  transferId: id,
  account,
  consumer: identity.consumer.optional(),
  ...asked,
  id,
  at: moment,
  action: z.enum(ACTIONS),
  host: id,
  source: path,
});

export const receiptDraft: Fields<ReceiptDraft> = {
  ...transfer,
  ...asked,
  source: path,
  host: id,
  relativePath: path,
  caption,
  fileType: shortText,
  sizeBytes: amount,
  md5: shortText,
  sha256: shortText.nullable(),
  verified: truth.optional(),
  fetchedTo: path.nullable(),
  urlRenewals: amount,
  bytesSent: amount,
  bytesFetched: amount,
  repeated: truth,
  startedAt: moment,
};
export const receipt = record<Receipt>({
  ...receiptDraft,
  conversationId: conversationRef.conversationId.nullable(),
  dialogId: conversationRef.dialogId.nullable(),
  sequence: number.nullable(),
  finishedAt: moment,
});

/** When the request of an earlier attempt is settled: by the clock, and counted from the scheduling. */
export const settling = { settledAt: number.nullable(), settlesInMs: number.nullable().optional() };
