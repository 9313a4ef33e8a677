import { FerryError } from '../errors';
import { ASKED, type Operation } from './refusals';

/**
 * Set in `details` when the socket went away and nothing happened: the request was not sent, or has no effect. It may be
 * asked again on another socket.
 */
export const CONNECTION_LOST = 'connectionLost';

/** The socket is down; the request never left. */
export function notSent(operation: Operation): FerryError {
  return new FerryError('MESSAGING_UNAVAILABLE', 'The connection to the messaging service is down; nothing was sent.', {
    details: { operation, [CONNECTION_LOST]: true },
  });
}

/** Bytes of others do not leave this machine; the request never joined them. */
export function jammed(operation: Operation): FerryError {
  return new FerryError('MESSAGING_UNAVAILABLE', 'The line to the messaging service is jammed; nothing was sent.', {
    details: { operation },
  });
}

/** The answer did not come in time. */
export function unanswered(operation: Operation, effect: boolean, timeoutMs: number): FerryError {
  return new FerryError(
    effect ? 'ANSWER_LOST' : 'MESSAGING_UNAVAILABLE',
    `The messaging service gave no answer within ${timeoutMs / 1_000} s ${ASKED[operation]}.`,
    { details: { operation } },
  );
}

/** An answer without a code, or no JSON at all, tells nothing about the effect. */
export function unreadable(operation: Operation, effect: boolean): FerryError {
  return new FerryError(
    effect ? 'ANSWER_LOST' : 'PROTOCOL_ERROR',
    `The messaging service gave no readable answer ${ASKED[operation]}.`,
    { details: { operation, unreadable: true } },
  );
}

/**
 * 4401 and 4407 say that the token has expired, but not whether a request before them took effect: for those with an
 * effect that question comes first, and the next connection meets the expired token anyway.
 */
export function lost(operation: Operation, effect: boolean, closeCode: number): FerryError {
  const details = { operation, closeCode };
  const closed = `The connection closed (${closeCode}) before the messaging service answered ${ASKED[operation]}.`;
  if (effect) return new FerryError('ANSWER_LOST', closed, { details });
  if (closeCode === 4401 || closeCode === 4407) {
    return new FerryError(
      'TOKEN_EXPIRED',
      `The messaging service says that the consumer token has expired (${closeCode}).`,
      { details },
    );
  }
  return new FerryError('MESSAGING_UNAVAILABLE', closed, { details: { ...details, [CONNECTION_LOST]: true } });
}
