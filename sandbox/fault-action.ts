import type { FaultAction } from './types';

const WORDS = ['drop-before', 'drop-after', 'corrupt', 'expired'] as const;
const KEYS = ['status', 'error', 'delayMs', 'closeCode', 'resetAfterBytes', 'truncateAtBytes'] as const;

/** A week: longer than any trial, and below what a timer can hold. */
const LONGEST_DELAY_MS = 7 * 24 * 3_600_000;

/** @throws Error with a sentence that says what is wrong */
export function readAction(value: unknown): FaultAction {
  const word = WORDS.find((each) => each === value);
  if (word !== undefined) return word;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unknownAction(value);
  const entries = Object.entries(value as Record<string, unknown>);
  const [first] = entries;
  if (first === undefined) throw unknownAction(value);
  if (entries.length > 1) {
    throw new Error(`"do" names one action, not ${entries.map(([key]) => key).join(' and ')}; give two rules.`);
  }
  return readOne(first[0], first[1]);
}

function readOne(key: string, value: unknown): FaultAction {
  switch (key) {
    case 'status':
      return { status: whole(key, value, 200, 599) };
    case 'error':
      return { error: readError(value) };
    case 'delayMs':
      return { delayMs: whole(key, value, 0, LONGEST_DELAY_MS) };
    case 'closeCode':
      return { closeCode: readCloseCode(value) };
    case 'resetAfterBytes':
      return { resetAfterBytes: whole(key, value, 0, Number.MAX_SAFE_INTEGER) };
    case 'truncateAtBytes':
      return { truncateAtBytes: whole(key, value, 0, Number.MAX_SAFE_INTEGER) };
    default:
      throw unknownAction({ [key]: value });
  }
}

function readError(value: unknown): { code: number; errorCode?: number; title?: string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('"error" is an object with "code" and perhaps "errorCode" and "title".');
  }
  const { code, errorCode, title, ...others } = value as Record<string, unknown>;
  const [other] = Object.keys(others);
  if (other !== undefined) throw new Error(`"error" has no "${other}"; it has "code", "errorCode" and "title".`);
  if (title !== undefined && typeof title !== 'string') throw new Error('"title" of "error" is a text.');
  return {
    code: whole('code', code, 200, 599),
    ...(errorCode === undefined ? {} : { errorCode: whole('errorCode', errorCode, 0, 99_999) }),
    ...(title === undefined ? {} : { title }),
  };
}

/** 1006 stands for a connection that goes away without a close frame; 1004, 1005 and 1015 can never be sent. */
function readCloseCode(value: unknown): number {
  const code = whole('closeCode', value, 1000, 4999);
  const sendable = code >= 3000 || (code <= 1014 && code !== 1004 && code !== 1005);
  if (!sendable) throw new Error(`A socket cannot be closed with code ${code}.`);
  return code;
}

function whole(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`"${name}" is a whole number from ${least} to ${most}.`);
}

function unknownAction(value: unknown): Error {
  const shown = JSON.stringify(value) ?? 'absent';
  return new Error(
    `"do" is one of ${WORDS.join(', ')} or an object with one of ${KEYS.join(', ')}; it was ${shown.slice(0, 100)}.`,
  );
}
