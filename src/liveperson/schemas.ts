/**
 * Tolerant schemas of the services' answers: unknown fields and types pass, one element may stand for an array, numbers
 * may be strings. A value that does not fit becomes `undefined` or null; nothing throws.
 */
import { z } from 'zod';

/**
 * LivePerson: "An array with one element may be replaced by the element itself". Elements that do not fit are dropped.
 */
export function tolerantArray<T>(value: unknown, element: z.ZodType<T>): T[] {
  if (value === undefined || value === null) return [];
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.flatMap((item) => {
    const parsed = element.safeParse(item);
    return parsed.success ? [parsed.data] : [];
  });
}

/** A key that may be missing and may hold anything. For zod, a bare `unknown` is required. */
const anything = z.unknown().optional();
const text = z.string().min(1).max(4_096);
const count = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ])
  .pipe(z.number().int().min(0));
/** Milliseconds or counts that are only compared: a value that is not a number counts as absent. */
const looseNumber = z.number().optional().catch(undefined);
const looseText = z.string().optional().catch(undefined);

export const discoveryEntry = z.object({ service: text, baseURI: text });

export const loginAnswer = z.object({
  bearer: text,
  csrf: looseText,
  sessionTTl: z.union([z.string(), z.number()]).optional().catch(undefined),
});

export const propertyAnswer = z.object({
  propertyValue: z.object({ value: anything }).optional().catch(undefined),
  modifiedDate: z.union([z.string(), z.number()]).optional().catch(undefined),
  deleted: anything,
});

export const jwtAnswer = z.object({ jwt: text });
export const tokenAnswer = z.object({ token: text });
export const jwtClaims = z.object({ sub: text, exp: z.number().positive().optional().catch(undefined) });

/** Errors come as a string, as `{title, details, errorCode}`, and from login as `{error: {message, internalCode}}`. */
const errorFields = z.object({
  title: looseText,
  details: looseText,
  message: looseText,
  error: anything,
  errorCode: count.optional().catch(undefined),
  internalCode: count.optional().catch(undefined),
});

export function readErrorBody(body: unknown): { readonly text: string; readonly errorCode: number | null } {
  if (typeof body === 'string') return { text: body, errorCode: null };
  const fields = errorFields.safeParse(body);
  if (!fields.success) return { text: '', errorCode: null };
  const { title, details, message, error, errorCode, internalCode } = fields.data;
  const inner = typeof error === 'string' || (typeof error === 'object' && error !== null) ? readInner(error) : '';
  const words = [title, details, message, inner].filter((part) => part !== undefined && part !== '');
  return { text: words.join(': '), errorCode: errorCode ?? internalCode ?? null };
}

function readInner(error: unknown): string {
  if (typeof error === 'string') return error;
  const inner = z.object({ message: looseText }).safeParse(error);
  return inner.success ? (inner.data.message ?? '') : '';
}

const signedQueryValue = z.union([z.string().min(1).max(512), z.number().transform(String)]);

export const signedUrlAnswer = z.object({
  relativePath: anything,
  queryParams: z
    .record(z.string().max(100), z.unknown())
    .pipe(z.looseObject({ temp_url_sig: signedQueryValue, temp_url_expires: signedQueryValue })),
});

export const createAnswer = z.object({ conversationId: z.string().min(1).max(128) });
export const publishAnswer = z.object({ sequence: count });
export const subscribeAnswer = z.object({ subscriptionId: text });
export const clockAnswer = z.object({ currentTime: z.number() });

export const conversationsNotice = z.object({ subscriptionId: looseText, changes: anything });

export const conversationChange = z.object({
  type: looseText,
  result: z.object({
    convId: text,
    lastUpdateTime: looseNumber,
    conversationDetails: z
      .object({
        state: looseText,
        stage: looseText,
        startTs: looseNumber,
        metaDataLastUpdateTs: looseNumber,
        dialogs: anything,
      })
      .optional()
      .catch(undefined),
  }),
});

export const dialogEntry = z.object({ dialogId: text, dialogType: looseText });

/** Chat-state changes have no sequence and no timestamp. They do not fit, and Ferry does not need them. */
export const messageChange = z.object({
  sequence: count,
  originatorId: looseText,
  originatorMetadata: z.object({ role: looseText }).optional().catch(undefined),
  serverTimestamp: looseNumber,
  dialogId: looseText,
  event: z.object({
    type: looseText,
    contentType: looseText,
    message: z.object({ relativePath: looseText }).optional().catch(undefined),
  }),
});
export type MessageChange = z.infer<typeof messageChange>;
