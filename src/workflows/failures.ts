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

/** The progress of an attempt that failed or was aborted, so that the receipt counts everything. */
export interface FailureFacts {
  readonly urlRenewals?: number;
  readonly bytesMoved?: number;
  /** The path of the bytes that were moved; null when none were. */
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

/** The coded error of a failed activity call. Not for cancellations: test for those first. */
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

/** When the time runs out between two attempts, the server nests the last failure in its own. The SDK drops it. */
function failureOfLastAttempt({ failure }: TimeoutFailure): TransferError | null {
  const { message: inClear, applicationFailureInfo, encodedAttributes } = failure?.cause ?? {};
  const message = messageIn(encodedAttributes) ?? inClear;
  const code = applicationFailureInfo?.type ?? undefined;
  return isErrorCode(code) && message ? transferError(code, message) : null;
}

/** With sealed payloads, the text of a failure is in a payload. */
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

/**
 * Unix milliseconds of the workflow until which the failed attempt may still have an effect; null: it has none;
 * undefined: it is unknown. The clock of the worker may differ by minutes, so a report in milliseconds is preferred.
 */
export function unsettledUntil(thrown: unknown): number | null | undefined {
  const { unsettledUntil: told, settlesInMs } = factsOf<Unsettled>(thrown);
  return typeof told === 'number' && typeof settlesInMs === 'number' ? Date.now() + settlesInMs : told;
}

/** True when no worker took the task in time. */
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
