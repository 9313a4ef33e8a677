import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { toFerryError, type FerryError } from '../errors';
import { onBehalfOf, USUAL_PRIORITY } from '../lib/on-behalf';
import { redact } from '../secrets';
import { isLostConnection, pauseBeforeRetryMs } from './backoff';
import { GIVEN_UP } from './fruitless';
import { reported } from './settling';
import { checkedInput, type InputSchema } from './bounds';

const HEARTBEAT_EVERY_MS = 1000;

/** Characters of a failure's text: the server keeps 4 KiB of it. */
const LONGEST_MESSAGE = 3_000;

/** A failure after a longer attempt counts as a new trouble, not as a part of the earlier trouble. */
const NEW_TROUBLE_AFTER_MS = 120_000;

/** One attempt of an activity. */
export interface Attempt<Details> {
  /** From 1. */
  readonly number: number;
  readonly signal: AbortSignal;
  /** Identifies this attempt to the server. */
  readonly taskToken: Uint8Array;
  /** The run of the workflow that scheduled the activity; empty without a workflow. */
  readonly runId: string;
  /** Start of the attempt, in monotonic milliseconds. */
  readonly enteredAt: number;
  /** Details of an earlier attempt's last heartbeat: a hint, up to a second old, or older after kill -9. */
  readonly previous: Partial<Details> | undefined;
  /** Replaced, never mutated: the SDK encodes it later. Sent with the next heartbeat, and with a failure. */
  details: Details | undefined;
  /** Shows people what this attempt waits for inside the worker; null: it does not wait. */
  waitFor(what: string | null): void;
}

/** An activity, with what its input must be. */
export interface Bounded<Input, Output> {
  (input: Input): Promise<Output>;
  readonly accepts: InputSchema<Input>;
}

/**
 * The edge between Ferry's libraries and Temporal, and the only place that converts their errors.
 *
 * A heartbeat leaves every second while the step runs. It proves that the worker lives, not that the step makes
 * progress: each library call has timeouts of its own (connect, headers, idle, rate floor, answer), which end a stuck
 * attempt.
 *
 * @param answersAll errors that a workflow answers elsewhere are retried like any other
 * @param accepts what the input must be; anything else is refused for good before the step sees it: INPUT_REFUSED
 */
export function atEdge<Input, Output, Details = never>(
  accepts: InputSchema<Input>,
  step: (input: Input, attempt: Attempt<Details>) => Promise<Output>,
  { answersAll = false }: { readonly answersAll?: boolean } = {},
): Bounded<Input, Output> {
  const run = async (input: Input): Promise<Output> => {
    const context = Context.current();
    const wait = trackWaiting();
    const attempt: Attempt<Details> = {
      number: context.info.attempt,
      signal: context.cancellationSignal,
      taskToken: context.info.taskToken,
      runId: context.info.workflowExecution?.runId ?? '',
      enteredAt: performance.now(),
      previous: context.info.heartbeatDetails as Partial<Details> | undefined,
      details: undefined,
      waitFor(what) {
        wait.begin(what);
        beat();
      },
    };
    const beat = (): void => {
      // A heartbeat without details would erase those of an earlier attempt.
      const details = reported(attempt.details) ?? attempt.previous;
      const waitingFor = wait.now();
      context.heartbeat(waitingFor === null ? details : { ...details, ...sinceOf(attempt), waitingFor });
    };
    const timer = setInterval(beat, HEARTBEAT_EVERY_MS);
    try {
      const priority = context.info.priority?.priorityKey ?? USUAL_PRIORITY;
      const behalf = { priority, waitFor: (what: string | null) => attempt.waitFor(what) };
      return await onBehalfOf(behalf, () => step(checkedInput(accepts, input), attempt));
    } catch (error) {
      // The SDK would report an AbortError as cancelled, even when the activity was paused, reset or timed out.
      if (attempt.signal.aborted) throw abortReason(attempt);
      const workedMs = performance.now() - attempt.enteredAt - wait.totalMs();
      const failingSince = (workedMs < NEW_TROUBLE_AFTER_MS ? sinceOf(attempt).failingSince : undefined) ?? isoNow();
      context.heartbeat({ ...(reported(attempt.details) ?? attempt.previous), failingSince });
      throw toApplicationFailure(toFerryError(error), attempt.number, reported(attempt.details), answersAll);
    } finally {
      clearInterval(timer);
    }
  };
  return Object.assign(run, { accepts });
}

/** Tracks what an attempt waits for inside the worker, and the total time of its waits. */
function trackWaiting() {
  let what: string | null = null;
  let sinceMs = 0;
  let totalMs = 0;
  const end = (): void => {
    if (what !== null) totalMs += performance.now() - sinceMs;
    what = null;
  };
  return {
    begin(next: string | null): void {
      end();
      what = next;
      sinceMs = performance.now();
    },
    now: () => what,
    totalMs(): number {
      this.begin(what);
      return totalMs;
    },
  };
}

/** The start of a series of failed attempts, from the attempt before: people see the age of the whole outage. */
function sinceOf({ previous }: Attempt<unknown>): { readonly failingSince?: string } {
  const { failingSince }: { readonly failingSince?: unknown } = previous ?? {};
  return typeof failingSince === 'string' ? { failingSince } : {};
}

function isoNow(): string {
  return new Date().toISOString();
}

/** The reason of the signal, with the attempt's details, so that the workflow can go on from there later. */
function abortReason({ signal, details }: Attempt<unknown>): unknown {
  const reason: unknown = signal.reason;
  if (!(reason instanceof CancelledFailure) || details === undefined) return reason;
  return new CancelledFailure(reason.message, [reported(details)], reason);
}

function toApplicationFailure(
  error: FerryError,
  attempt: number,
  facts?: unknown,
  answersAll = false,
): ApplicationFailure {
  const { does, retriedBy } = error.row;
  const isFinal = (retriedBy === 'workflow' && !answersAll) || error.details[GIVEN_UP] === true;
  const nonRetryable = does === 'fail' || does === 'park' || isFinal;
  return ApplicationFailure.create({
    type: error.code,
    message: redact(error.message, [], LONGEST_MESSAGE),
    nonRetryable,
    ...(nonRetryable
      ? {}
      : { nextRetryDelay: Math.ceil(error.retryAfterMs ?? pauseBeforeRetryMs(attempt, isLostConnection(error))) }),
    details: [facts ?? {}],
    // Retries are expected. The status shows the failure, and the log stays readable in an outage.
    ...(nonRetryable ? {} : { category: ApplicationFailureCategory.BENIGN }),
  });
}
