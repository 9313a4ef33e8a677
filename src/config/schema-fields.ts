import { z } from 'zod';

/** The texts about a key in docs/configuration.md, and in the message about a wrong value. */
export interface KeyDoc {
  /** Completes "must be ...". */
  readonly type: string;
  /** In the notation of the file; absent: there is no default, or the key is `required`. */
  readonly default?: string;
  readonly required?: boolean;
  readonly meaning: string;
}

/** A text that matches `pattern`. */
export function text(doc: KeyDoc, pattern: RegExp = /^[^\0]+$/) {
  return z
    .string({ error: doc.type })
    .regex(pattern, { error: doc.type })
    .meta({ ...doc });
}

export function flag(doc: KeyDoc) {
  return z.boolean({ error: doc.type }).meta({ ...doc });
}

export function texts(doc: KeyDoc, pattern?: RegExp) {
  return z.array(text({ ...doc, type: 'a text in quotes' }, pattern), { error: doc.type }).meta({ ...doc });
}

/** A whole number from 1. */
export function whole(doc: KeyDoc, most = Infinity) {
  const error = doc.type;
  return z
    .int({ error })
    .min(1, { error })
    .max(most, { error })
    .meta({ ...doc });
}

/** A table that refuses unknown keys. */
export function table<Shape extends z.core.$ZodLooseShape>(meaning: string, shape: Shape) {
  return z.strictObject(shape, { error: 'a table' }).meta({ type: 'a table', meaning });
}

export const A_TEXT = 'a text in quotes';
export const A_PATH = 'a path in quotes';
export const A_VARIABLE = 'the name of an environment variable in quotes';
