import { z } from 'zod';

export interface Answer {
  readonly kind: 'answer';
  readonly reqId: string;
  /** null: the answer carries no code that can be read, or is no JSON. */
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

/** zod takes a bare `unknown` for required. */
const anything = z.unknown().optional();

const envelope = z.object({
  kind: anything,
  reqId: z.union([z.string(), z.number()]).optional().catch(undefined),
  code: anything,
  type: anything,
  body: anything,
});

/**
 * Takes a frame apart. An answer is what carries a `reqId`, whatever its `kind` and `type`: response types differ by
 * version and page, and the REST twin leaves `type` out. null: nothing that can be used; such frames are ignored.
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

/** Integers, integers as strings, and the REST twin's "OK". */
function readCode(code: unknown): number | null {
  if (code === 'OK') return 200;
  if (typeof code === 'string' && /^\d{3}$/.test(code)) return Number(code);
  return typeof code === 'number' && Number.isInteger(code) ? code : null;
}

/**
 * What was cut off or damaged on the way may still show whose answer it was to be; the one who waits for it need not
 * wait out its time. Only its `reqId` is believed, and only when it is whole and the only one: a text inside the body
 * has its quotes escaped. A frame that does not show it is nobody's.
 */
function readSpoiltAnswer(text: string): Answer | null {
  if (/"kind"\s*:\s*"(?:notification|req)"/.test(text)) return null;
  const shown = [...text.matchAll(/(?<!\\)"reqId"\s*:\s*(?:"(\w{1,64})"|(\d{1,15})\s*[,}])/g)];
  const ids = new Set(shown.map(([, quoted, bare]) => quoted ?? bare));
  const [reqId] = ids;
  if (reqId === undefined || ids.size > 1) return null;
  return { kind: 'answer', reqId, code: null, body: undefined };
}
