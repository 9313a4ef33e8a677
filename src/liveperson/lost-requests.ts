import { FerryError } from '../errors';
import { ASKED, type Operation } from './refusals';

/**
 * Set in `details` when the socket was lost and the request had no effect: it was not sent, or it only reads. The
 * caller may repeat it on another socket.
 */
export const CONNECTION_LOST = 'connectionLost';

/**
 * Set in `details` when a request with an effect has left and the service has neither answered nor closed the
 * connection: the service may still carry it out.
 */
const MAY_TAKE_EFFECT_LATER = 'mayTakeEffectLater';

/** True when the service may still carry out the request that this error is about. */
export function mayTakeEffectLater(error: FerryError): boolean {
  return error.details[MAY_TAKE_EFFECT_LATER] === true;
}

/** The socket is closed, and the request never left. */
export function notSent(operation: Operation): FerryError {
  return new FerryError('MESSAGING_UNAVAILABLE', 'The connection to the messaging service is down; nothing was sent.', {
    details: { operation, [CONNECTION_LOST]: true },
  });
}

/** Bytes of other requests do not leave this machine, so this request was not sent. */
export function lineBlocked(operation: Operation): FerryError {
  return new FerryError('MESSAGING_UNAVAILABLE', 'The line to the messaging service is blocked; nothing was sent.', {
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

/** An answer without a code, or one that is not JSON, does not tell whether the request had an effect. */
export function unreadable(operation: Operation, effect: boolean): FerryError {
  return new FerryError(
    effect ? 'ANSWER_LOST' : 'PROTOCOL_ERROR',
    `The messaging service gave no readable answer ${ASKED[operation]}.`,
    { details: { operation, unreadable: true } },
  );
}

/**
 * 4401 and 4407 mean that the token has expired. They do not tell whether an earlier request had its effect: this
 * question comes first, because the next connection finds the expired token anyway.
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
