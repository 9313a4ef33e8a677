import { defaultPayloadConverter, RetryState, type Payload } from '@temporalio/common';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow';
import { ERROR_TABLE, isErrorCode, type ErrorCode } from '../errors/table';
import type { TransferError, Unsettled } from '../contract';

/** What an attempt that failed or was broken off had done, so that nothing is lost from the receipt's counts. */
export interface FailureFacts {
  readonly urlRenewals?: number;
  readonly bytesMoved?: number;
  /** Under which bytes were being moved; null when none were. */
  readonly relativePath?: string | null;
}

export function transferError(
  code: ErrorCode,
  message: string,
  remedy: string = ERROR_TABLE[code].remedy,
): TransferError {
  return { code, message, remedy };
}

/** A workflow must fail with ApplicationFailure only: any other error hangs its task forever. */
export function failWith(error: TransferError): ApplicationFailure {
  return ApplicationFailure.create({ type: error.code, message: error.message, nonRetryable: true });
}

/** The coded error inside whatever an activity call threw. Not for cancellations: test those first. */
export function errorOf(thrown: unknown): TransferError {
  if (thrown instanceof ActivityFailure) {
    const { cause, retryState } = thrown;
    const ranOut = cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_CLOSE';
    const last = (ranOut ? failureOfLastAttempt(cause) : null) ?? describe(cause);
    if (!ranOut && retryState !== RetryState.TIMEOUT) return last;
    return transferError(
      'DEADLINE_PASSED',
      `The deadline passed while the step ${thrown.activityType} waited: ${last.message}`,
    );
  }
  return describe(thrown);
}

/** When time runs out between two attempts, the server puts the failure of the last one below its own; the SDK drops it. */
function failureOfLastAttempt({ failure }: TimeoutFailure): TransferError | null {
  const { message: inClear, applicationFailureInfo, encodedAttributes } = failure?.cause ?? {};
  const message = messageIn(encodedAttributes) ?? inClear;
  const code = applicationFailureInfo?.type ?? undefined;
  return isErrorCode(code) && message ? transferError(code, message) : null;
}

/** Where payloads are sealed, the text of a failure travels in one. */
function messageIn(attributes: Payload | null | undefined): string | undefined {
  if (attributes === null || attributes === undefined) return undefined;
  const { message } = defaultPayloadConverter.fromPayload<{ readonly message?: string }>(attributes);
  return message;
}

export function factsOf<Facts extends object = FailureFacts>(thrown: unknown): Partial<Facts> {
  const cause = thrown instanceof ActivityFailure ? thrown.cause : thrown;
  const facts: unknown =
    cause instanceof TimeoutFailure
      ? cause.lastHeartbeatDetails
      : cause instanceof ApplicationFailure || cause instanceof CancelledFailure
        ? cause.details?.[0]
        : undefined;
  return typeof facts === 'object' && facts !== null ? facts : {};
}

/** Until when what the failed attempt asked for may still happen, Unix milliseconds; null: it will not, or nobody knows. */
export function unsettledUntil(thrown: unknown): number | null {
  return factsOf<Unsettled>(thrown).unsettledUntil ?? null;
}

/** True when no worker took the task from its queue in time. */
export function wasNotPickedUp(thrown: unknown): boolean {
  const cause = thrown instanceof ActivityFailure ? thrown.cause : undefined;
  return cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START';
}

export { isCancellation };

function describe(thrown: unknown): TransferError {
  if (thrown instanceof ApplicationFailure && isErrorCode(thrown.type))
    return transferError(thrown.type, thrown.message);
  if (thrown instanceof TimeoutFailure)
    return transferError('INTERNAL', 'An attempt ended without an answer from its worker.');
  return transferError('INTERNAL', thrown instanceof Error ? thrown.message : String(thrown));
}
