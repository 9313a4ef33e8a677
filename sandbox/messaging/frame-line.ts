import type { FaultAction } from '../types';
import type { Call, Context, Spoil } from './context';
import { answerText, errorAnswer, parseFrame, type Answer, type Frame } from './frames';
import { answerByFault, endBefore, garbled, losesAnswer, spoilOf } from './request-faults';
import { shownName } from './json';
import { refuse, Refusal } from './refusals';
import { brandRequestHandler } from './brand/requests';
import { requestHandler } from './requests/index';
import type { Session } from './session';
import { isAction } from './socket-faults';

/**
 * Frames of one socket are served strictly in the order in which they came: each is answered before the next is looked
 * at. Only a fault's delay takes its request out of the line, so that those behind it overtake it and their answers
 * come first. A request whose connection has gone while it was delayed is dropped unread, as by a server that reads
 * from the connection only when it gets to it; one that came before its connection went and was not delayed is served.
 */
export interface FrameLine {
  /** null: not a text frame. */
  take(text: string | null): void;
  /** The connection is gone: what has no answer by now never gets one. */
  end(): void;
}

export function createFrameLine(session: Session, context: Context): FrameLine {
  let line: Promise<void> = Promise.resolve();
  const unanswered = new Set<() => void>();

  function enqueue(work: () => Promise<void> | void): void {
    // A frame that fails to be served (only when it cannot even be answered) must not hold up those behind it.
    line = line.then(work).catch(() => session.cut('terminate'));
  }

  function take(text: string | null): void {
    const leave = context.deps.load.enter('requests');
    const answered = (): void => {
      unanswered.delete(answered);
      leave();
    };
    unanswered.add(answered);
    enqueue(() => look(text, answered));
  }

  async function look(text: string | null, answered: () => void): Promise<void> {
    let isDelayed = false;
    try {
      isDelayed = await lookAt(text, answered);
    } finally {
      if (!isDelayed) answered();
    }
  }

  /** @returns true when a fault delays the request; `answered` is called later */
  async function lookAt(text: string | null, answered: () => void): Promise<boolean> {
    const frame = text === null ? null : parseFrame(text);
    if (session.hasEnded) {
      record(context, frame, text);
      return false;
    }
    // On the brand's socket most names begin with a dot, on the consumer's none may.
    if (!frame || (session.dialect === 'v3' && frame.type.startsWith('.'))) {
      record(context, frame, text, 1003);
      session.close(1003, 'not a request of this version');
      return false;
    }
    const action = context.deps.faults.take(`request:${frame.type}`);
    if (isAction(action, 'delayMs')) {
      void serveLater(frame, action.delayMs, answered);
      return true;
    }
    await serve(frame, action);
    return false;
  }

  async function serveLater(frame: Frame, delayMs: number, answered: () => void): Promise<void> {
    await context.pause(delayMs);
    enqueue(async () => {
      try {
        if (session.isGone) record(context, frame, null);
        else await serve(frame, null);
      } finally {
        answered();
      }
    });
  }

  async function serve(frame: Frame, action: FaultAction | null): Promise<void> {
    const end = endBefore(action, spoilOf(frame, action));
    if (end) {
      record(context, frame, null, end.closeCode);
      end.apply(session);
      return;
    }
    const answer = answerByFault(action) ?? (await answerTo(frame, session, context, spoilOf(frame, action)));
    const text = garbled(answerText(frame, answer), action, spoilOf(frame, action));
    const isLost = losesAnswer(action);
    const isSent = !isLost && session.send(text);
    record(context, frame, null, answer.code, isSent ? Buffer.byteLength(text) : 0);
    if (isLost) {
      session.cut(action === 'drop-after' ? 'terminate' : 'reset');
      return;
    }
    answer.afterwards?.();
  }

  return {
    take,
    end() {
      for (const answered of unanswered) answered();
    },
  };
}

function record(context: Context, frame: Frame | null, text: string | null, code?: number, bytesOut = 0): void {
  context.deps.requests.add({
    over: 'socket',
    ...(frame ? { type: shownName(frame.type) } : {}),
    ...(code === undefined ? {} : { code }),
    bytesIn: frame?.bytesIn ?? Buffer.byteLength(text ?? ''),
    bytesOut,
  });
}

async function answerTo(frame: Frame, session: Session, context: Context, spoil: Spoil): Promise<Answer> {
  try {
    const handler = session.dialect === 'v2' ? brandRequestHandler(frame.type) : requestHandler(frame.type);
    if (handler?.needsIdentity === false) return await handler.handle({ frame, session, context });
    if (!session.identity) throw refuse.notAuthenticated();
    if (!handler) throw refuse.unknownType(frame.type);
    const call: Call = { frame, session, context, spoil, identity: session.identity };
    return await handler.handle(call);
  } catch (error) {
    return errorAnswer(error instanceof Refusal ? error : refuse.internal());
  }
}
