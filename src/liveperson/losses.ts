import { FerryError } from '../errors';
import { ASKED, type Operation } from './refusals';

/**
 * Set in `details` when the socket went away and nothing happened: the request was not sent, or has no effect. It may be
 * asked again on another socket.
 */
export const CONNECTION_LOST = 'connectionLost';

/**
 * Set in `details` when a request with an effect has left and the service has neither answered nor closed the connection:
 * the service may still carry it out.
 */
const MAY_TAKE_EFFECT_LATER = 'mayTakeEffectLater';

/** True when the service may still carry out the request that this error is about. */
export function mayTakeEffectLater(error: FerryError): boolean {
  return error.details[MAY_TAKE_EFFECT_LATER] === true;
}

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
    { details: { operation, ...(effect ? { [MAY_TAKE_EFFECT_LATER]: true } : {}) } },
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
 *
 * @param cutOffHere this side closed the connection, not the service
 */
export function lost(operation: Operation, effect: boolean, closeCode: number, cutOffHere = false): FerryError {
  const details = { operation, closeCode, ...(effect && cutOffHere ? { [MAY_TAKE_EFFECT_LATER]: true } : {}) };
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
