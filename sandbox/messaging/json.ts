export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object itself, or an empty one where something else (or nothing) was sent. */
export function objectOr(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** The protocol lets one element stand for an array with one element; nothing stands for none. */
export function arrayOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** Far beyond what any request of the protocol nests. */
const DEEPEST = 64;

/**
 * undefined when the text is not JSON, or is nested so deep that writing it out again (to the journal, in a
 * notification) would fail for want of stack, although reading it does not.
 */
export function parseJson(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    return isTooDeep(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return false;
}

/**
 * What a client sent, fit for an answer's text and for the request journal: names only. Anything else may be a token in
 * the wrong place, or as long as a frame.
 */
export function shownName(value: unknown): string {
  return typeof value === 'string' && /^[\w.$/-]{1,60}$/.test(value) ? value : '(not shown)';
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0;
}

/** A name or number as text; null for anything else. */
export function plainText(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : null;
}

/** A whole number >= 0, sent as a number or as a string of digits; null for anything else. */
export function wholeNumber(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
}
