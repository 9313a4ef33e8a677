import type { FaultAction } from '../types';
import type { Spoil } from './context';
import { errorAnswer, type Answer, type Frame } from './frames';
import type { Session } from './session';
import { isAction } from './socket-faults';

/** The request has its effect, its answer never arrives. */
export function losesAnswer(action: FaultAction | null): boolean {
  return action === 'drop-after' || isAction(action, 'resetAfterBytes');
}

/** "expired" and "corrupt" spoil the signed URL of an answer, where it has one. */
export function spoilOf(frame: Frame, action: FaultAction | null): Spoil {
  const hasUrl = /(?:^|\.)ms\.GenerateURLFor(?:Upload|Download)File$/.test(frame.type);
  return hasUrl && (action === 'expired' || action === 'corrupt') ? action : null;
}

export interface End {
  readonly closeCode?: number;
  apply(session: Session): void;
}

/** Faults that end the connection before the request has any effect. */
export function endBefore(action: FaultAction | null, spoil: Spoil): End | null {
  if (action === 'drop-before') return { apply: (session) => session.cut('terminate') };
  const isExpired = action === 'expired' && spoil === null;
  const asked = isAction(action, 'closeCode') ? action.closeCode : null;
  const closeCode = isExpired ? 4401 : asked;
  if (closeCode === null) return null;
  return { closeCode, apply: (session) => session.close(closeCode, 'fault') };
}

/** The error answer that a rule wants instead of the real one. */
export function answerByFault(action: FaultAction | null): Answer | null {
  if (isAction(action, 'status')) return faultAnswer(action.status, {});
  return isAction(action, 'error') ? faultAnswer(action.error.code, action.error) : null;
}

function faultAnswer(code: number, wish: { readonly errorCode?: number; readonly title?: string }): Answer {
  const { errorCode = code * 100, title = 'Fault' } = wish;
  return errorAnswer({ code, errorCode, title, message: 'A fault of the sandbox was asked for.' });
}

/** Answers that are not JSON: cut off, or without their beginning. */
export function garbled(text: string, action: FaultAction | null, spoil: Spoil): string {
  if (action === 'corrupt' && spoil === null) return text.slice(1);
  return isAction(action, 'truncateAtBytes')
    ? Buffer.from(text).subarray(0, action.truncateAtBytes).toString('utf8')
    : text;
}
