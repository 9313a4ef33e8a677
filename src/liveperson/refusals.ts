import { FerryError, type ErrorCode } from '../errors';
import { quoted, throttlePauseMs } from './service-errors';

/** The request, because the same code can mean different things. */
export type Operation =
  'connect' | 'clock' | 'conversations' | 'create' | 'upload-url' | 'download-url' | 'publish' | 'look' | 'listening';

export interface RefusalRule {
  /** HTTP-like code of the answer, or a class of them as its lowest and highest. Absent: any. */
  readonly code?: number | readonly [number, number];
  /** LivePerson's five-digit number, the only field of an error that its documentation calls stable. */
  readonly errorCode?: number;
  /** Matched against title and details, or the string body. The last resort: texts may change. */
  readonly text?: RegExp;
  /** Absent: all requests. */
  readonly on?: readonly Operation[];
  readonly is: ErrorCode;
  /**
   * `documented`: in LivePerson's documentation; `inferred`: follows from it; `simulated`: the sandbox's own choice.
   */
  readonly origin: 'documented' | 'inferred' | 'simulated' | 'configured';
}

const IN_CONVERSATION: readonly Operation[] = ['publish', 'look'];

/** The only place that maps the service's codes to Ferry's. The first rule that matches counts. */
export const REFUSALS: readonly RefusalRule[] = [
  { code: 401, is: 'TOKEN_EXPIRED', origin: 'documented' },
  { code: 429, is: 'THROTTLED', origin: 'documented' },
  { code: 451, is: 'ACCOUNT_BLOCKED', origin: 'documented' },
  { errorCode: 40_301, is: 'FILE_SHARING_OFF', origin: 'simulated' },
  { errorCode: 40_010, is: 'TYPE_NOT_ALLOWED', origin: 'simulated' },
  { errorCode: 40_011, is: 'TOO_LARGE', origin: 'simulated' },
  { errorCode: 40_012, is: 'CONVERSATION_UNKNOWN', origin: 'simulated' },
  { errorCode: 40_014, is: 'OBJECT_MISSING', origin: 'simulated' },
  { errorCode: 40_016, is: 'CONVERSATION_CLOSED', origin: 'simulated' },
  { errorCode: 40_302, is: 'NOT_PARTICIPANT', origin: 'simulated' },
  { code: 403, text: /file[ -]?sharing/i, is: 'FILE_SHARING_OFF', origin: 'simulated' },
  { code: [400, 499], text: /\bclosed?\b/i, on: IN_CONVERSATION, is: 'CONVERSATION_CLOSED', origin: 'simulated' },
  { code: [400, 499], text: /participant/i, is: 'NOT_PARTICIPANT', origin: 'simulated' },
  {
    code: [400, 499],
    text: /(?:unknown|no such|no) (?:conversation|dialog)|(?:conversation|dialog)\b.*\b(?:unknown|not found|does not exist)/i,
    on: IN_CONVERSATION,
    is: 'CONVERSATION_UNKNOWN',
    origin: 'simulated',
  },
  { code: 403, on: [...IN_CONVERSATION, 'download-url'], is: 'NOT_PARTICIPANT', origin: 'simulated' },
  { code: 404, on: IN_CONVERSATION, is: 'CONVERSATION_UNKNOWN', origin: 'simulated' },
  { code: 404, on: ['download-url'], is: 'OBJECT_MISSING', origin: 'simulated' },
  // The service reports that a conversation exists already. The caller has to look for it, as after ANSWER_LOST.
  { code: 409, on: ['create'], is: 'ANSWER_LOST', origin: 'simulated' },
  { code: 408, is: 'MESSAGING_UNAVAILABLE', origin: 'inferred' },
  { code: [500, 599], is: 'MESSAGING_UNAVAILABLE', origin: 'documented' },
  { code: [400, 499], is: 'REQUEST_REFUSED', origin: 'documented' },
];

export interface Refusal {
  readonly code: number;
  readonly errorCode: number | null;
  readonly text: string;
}

/** True for an error that is an answer of the service, also an answer without a code. */
export function isRefusal(error: unknown): error is FerryError {
  if (!(error instanceof FerryError)) return false;
  return error.details['answerCode'] !== undefined || error.details['unreadable'] === true;
}

/** True for an answer of the service to a request of this kind, with a code in this range. */
export function isAnswerTo(
  error: unknown,
  operation: Operation,
  [lowest, highest]: readonly [number, number],
): boolean {
  if (!(error instanceof FerryError) || error.details['operation'] !== operation) return false;
  const code = error.details['answerCode'];
  return typeof code === 'number' && code >= lowest && code <= highest;
}

/** The error of the first matching rule. `extra` are the rules of the account, which come first. */
export function refusalError(refusal: Refusal, operation: Operation, extra: readonly RefusalRule[]): FerryError {
  const rule = [...extra, ...REFUSALS].find((candidate) => fits(candidate, refusal, operation));
  const code = rule?.is ?? 'PROTOCOL_ERROR';
  const reason = quoted(refusal.text);
  const number = refusal.errorCode === null ? `${refusal.code}` : `${refusal.code}, error ${refusal.errorCode}`;
  const said = reason === '' ? '' : ` It says: ${reason}`;
  return new FerryError(code, `The messaging service answered ${number} ${ASKED[operation]}.${said}`, {
    ...(code === 'THROTTLED' ? { retryAfterMs: throttlePauseMs() } : {}),
    details: { answerCode: refusal.code, errorCode: refusal.errorCode, operation, origin: rule?.origin ?? null },
  });
}

function fits(rule: RefusalRule, refusal: Refusal, operation: Operation): boolean {
  if (rule.on !== undefined && !rule.on.includes(operation)) return false;
  if (rule.errorCode !== undefined && rule.errorCode !== refusal.errorCode) return false;
  if (typeof rule.code === 'number' && rule.code !== refusal.code) return false;
  if (Array.isArray(rule.code) && (refusal.code < rule.code[0] || refusal.code > rule.code[1])) return false;
  return rule.text === undefined || rule.text.test(refusal.text);
}

/** Ends a sentence about the operation. */
export const ASKED: Readonly<Record<Operation, string>> = {
  connect: 'to the connection attempt',
  clock: 'to a request for its clock',
  conversations: 'to the question for open conversations',
  create: 'to the request for a new conversation',
  'upload-url': 'to the request for an upload link',
  'download-url': 'to the request for a download link',
  publish: 'to the publishing of the file message',
  look: 'to the reading of the dialog',
  listening: 'what was still awaited',
};
