import { isObject, isText, parseJson, type JsonObject } from './json';
import type { Refusal } from './refusals';

/** A request as it came, with its id as a string: clients send numbers too, and answers always name strings. */
export interface Frame {
  readonly id: string;
  readonly type: string;
  readonly body: JsonObject;
  readonly headers: unknown;
  readonly metadata: unknown;
  readonly bytesIn: number;
}

export interface Answer {
  readonly code: number;
  readonly type: string;
  /** Left out of the frame when undefined. */
  readonly body?: unknown;
  /** Runs when the answer has been handed to the socket: what must follow it. */
  readonly afterwards?: () => void;
}

/** Null when the text is not a request with an id and a type. `kind` may be missing, as in some official samples. */
export function parseFrame(text: string): Frame | null {
  const value = parseJson(text);
  if (!isObject(value)) return null;
  const { id, type, body, headers, metadata } = value as Record<string, unknown> & { id?: unknown; type?: unknown };
  const name = typeof id === 'number' ? String(id) : id;
  if (!isText(name) || name.length > 64 || !isText(type)) return null;
  return {
    id: name,
    type,
    body: isObject(body) ? body : {},
    headers,
    metadata,
    bytesIn: Buffer.byteLength(text),
  };
}

export function answerText(frame: Frame, { code, type, body }: Answer): string {
  return JSON.stringify({ kind: 'resp', reqId: frame.id, code, body, type });
}

export function errorAnswer({ code, errorCode, title, message }: Omit<Refusal, 'name'>): Answer {
  return { code, type: '.ReqBody$ErrorResp', body: { title, details: message, errorCode } };
}

/** A success that is only a sentence. */
export function textAnswer(text: string): Answer {
  return { code: 200, type: '.ReqBody$StringResp', body: text };
}

export function notificationText(type: string, body: object): string {
  return JSON.stringify({ kind: 'notification', type, body });
}
