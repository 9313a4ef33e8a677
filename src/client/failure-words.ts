/** Translates failures of Temporal into errors of Ferry. */
import { temporal } from '@temporalio/proto';
import { ERROR_TABLE, isErrorCode, type ErrorCode } from '../errors';
import type { TransferError } from '../contract';

export type FailureProto = temporal.api.failure.v1.IFailure;

export type Failure = TransferError;

export function transferError(code: ErrorCode, message: string): TransferError {
  return { code, message, remedy: ERROR_TABLE[code].remedy };
}

const { TimeoutType } = temporal.api.enums.v1;

/**
 * The error in a failure of an attempt or of a workflow. The type of every failure that Ferry throws is an error code,
 * so an unknown type is INTERNAL.
 */
export function failureOf(failure: FailureProto | null | undefined): Failure | null {
  if (failure === null || failure === undefined) return null;
  const message = failure.message ?? '';
  const application = failure.applicationFailureInfo;
  if (application !== null && application !== undefined) {
    if (isErrorCode(application.type)) return transferError(application.type, message);
    if (application.type === 'WorkerShutdown') return workerGone('The worker was stopped during the attempt');
    return transferError('INTERNAL', message === '' ? 'An attempt failed without a reason.' : message);
  }
  if (isSet(failure.timeoutFailureInfo)) return timeoutOf(failure);
  if (isSet(failure.canceledFailureInfo)) return transferError('CANCELLED', 'The transfer was cancelled.');
  if (isSet(failure.terminatedFailureInfo))
    return transferError('CANCELLED', 'The transfer was terminated in Temporal.');
  // Activity, child and server failures wrap the failure that counts.
  return (
    failureOf(failure.cause) ??
    transferError('INTERNAL', message === '' ? 'The transfer failed without a reason.' : message)
  );
}

function timeoutOf(failure: FailureProto): Failure {
  const type = failure.timeoutFailureInfo?.timeoutType;
  if (type === TimeoutType.TIMEOUT_TYPE_HEARTBEAT) return workerGone('The worker stopped sending heartbeats');
  if (type === TimeoutType.TIMEOUT_TYPE_SCHEDULE_TO_START) return workerGone('No worker took the attempt in time');
  if (type !== TimeoutType.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE) {
    return transferError('STALLED', 'The attempt did not end within its time.');
  }
  const last = failureOf(failure.cause);
  const why = last === null ? '' : ` Last: ${last.message}`;
  return transferError('DEADLINE_PASSED', `The deadline of the transfer passed.${why}`);
}

function workerGone(what: string): Failure {
  return transferError('NO_WORKER', `${what}; the next one goes on by itself.`);
}

function isSet(part: unknown): boolean {
  return part !== null && part !== undefined;
}
