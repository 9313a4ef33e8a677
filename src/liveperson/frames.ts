import { z } from 'zod';

export interface Answer {
  readonly kind: 'answer';
  readonly reqId: string;
  /** Null: the answer has no readable code, or is not JSON. */
  readonly code: number | null;
  readonly body: unknown;
}

export interface Notice {
  readonly kind: 'notice';
  readonly type: string;
  readonly body: unknown;
  /** Length of the frame in characters. */
  readonly size: number;
}

/** For zod, a bare `unknown` is required. */
const anything = z.unknown().optional();

const envelope = z.object({
  kind: anything,
  reqId: z.union([z.string(), z.number()]).optional().catch(undefined),
  code: anything,
  type: anything,
  body: anything,
});

/**
 * Parses a frame. Every frame with a `reqId` is an answer, whatever its `kind` and `type`: response types differ by
 * version and page, and the REST form leaves `type` out. Null for unusable frames, which are ignored.
 */
export function readFrame(text: string): Answer | Notice | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return readSpoiltAnswer(text);
  }
  const frame = envelope.safeParse(json);
  if (!frame.success) return null;
  const { kind, reqId, code, type, body } = frame.data;
  if (reqId !== undefined && kind !== 'notification' && kind !== 'req') {
    return { kind: 'answer', reqId: String(reqId), code: readCode(code), body };
  }
  if (typeof type !== 'string' || kind === 'resp' || kind === 'req') return null;
  return { kind: 'notice', type, body, size: text.length };
}

/** Integers, integers as strings, and "OK" of the REST form. */
function readCode(code: unknown): number | null {
  if (code === 'OK') return 200;
  if (typeof code === 'string' && /^\d{3}$/.test(code)) return Number(code);
  return typeof code === 'number' && Number.isInteger(code) ? code : null;
}

/**
 * A damaged answer may still show its `reqId`, so that its request fails at once instead of after a timeout. Only a
 * complete `reqId` counts, and only when there is exactly one: quotes in a text of the body are escaped.
 */
function readSpoiltAnswer(text: string): Answer | null {
  if (/"kind"\s*:\s*"(?:notification|req)"/.test(text)) return null;
  const shown = [...text.matchAll(/(?<!\\)"reqId"\s*:\s*(?:"(\w{1,64})"|(\d{1,15})\s*[,}])/g)];
  const ids = new Set(shown.map(([, quoted, bare]) => quoted ?? bare));
  const [reqId] = ids;
  if (reqId === undefined || ids.size > 1) return null;
  return { kind: 'answer', reqId, code: null, body: undefined };
}
