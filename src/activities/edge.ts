import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { toFerryError, type FerryError } from '../errors';
import { onBehalfOf, USUAL_PRIORITY } from '../lib/on-behalf';
import { redact } from '../secrets';
import { isLostConnection, pauseBeforeRetryMs } from './backoff';
import { GIVEN_UP } from './fruitless';
import { checkedInput, type InputSchema } from './inputs';

const HEARTBEAT_EVERY_MS = 1000;

/** Characters of a failure's text: the server keeps 4 KiB of it. */
const LONGEST_MESSAGE = 3_000;

/** An attempt that lasted longer did some good: what failed then is a new trouble. */
const NEW_TROUBLE_AFTER_MS = 120_000;

/** One attempt of an activity, as the steps see it. */
export interface Attempt<Details> {
  /** From 1. */
  readonly number: number;
  readonly signal: AbortSignal;
  /** Names this attempt to the server. */
  readonly taskToken: Uint8Array;
  /** Of the workflow execution that asked; empty outside of one. */
  readonly runId: string;
  /** Monotonic milliseconds at which our code was entered. */
  readonly enteredAt: number;
  /** What the last heartbeat of an earlier attempt said: a hint, up to a second old, or older after kill -9. */
  readonly previous: Partial<Details> | undefined;
  /** Replaced, never mutated: the SDK encodes it later. Sent with the next heartbeat, and with a failure. */
  details: Details | undefined;
  /** Tells people what this attempt waits for inside the worker; null: it goes on. */
  waitFor(what: string | null): void;
}

/**
 * The edge between Ferry's libraries and Temporal, and the only place where one's errors become the other's.
 *
 * Heartbeats go out every second for as long as the step runs. They do not prove progress: each library call has its own
 * watchdogs (connect, headers, idle, rate floor, answer) that end a stuck attempt; the heartbeat only tells that the
 * worker lives.
 *
 * @param answersAll errors that a workflow answers elsewhere are retried like any other
 * @param accepts what the input must be; anything else is refused for good before the step sees it: INPUT_REFUSED
 */
export function atEdge<Input, Output, Details = never>(
  accepts: InputSchema<Input>,
  step: (input: Input, attempt: Attempt<Details>) => Promise<Output>,
  { answersAll = false }: { readonly answersAll?: boolean } = {},
): (input: Input) => Promise<Output> {
  return async (input) => {
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
      // A bare heartbeat would wipe what an earlier attempt has left.
      const details = attempt.details ?? attempt.previous;
      const waitingFor = wait.now();
      context.heartbeat(waitingFor === null ? details : { ...details, ...sinceOf(attempt), waitingFor });
    };
    const timer = setInterval(beat, HEARTBEAT_EVERY_MS);
    try {
      const priority = context.info.priority?.priorityKey ?? USUAL_PRIORITY;
      const behalf = { priority, waitFor: (what: string | null) => attempt.waitFor(what) };
      return await onBehalfOf(behalf, () => step(checkedInput(accepts, input), attempt));
    } catch (error) {
      // An AbortError would be reported as cancelled even when the activity was paused, reset or timed out.
      if (attempt.signal.aborted) throw brokenOff(attempt);
      const workedMs = performance.now() - attempt.enteredAt - wait.totalMs();
      const failingSince = (workedMs < NEW_TROUBLE_AFTER_MS ? sinceOf(attempt).failingSince : undefined) ?? isoNow();
      context.heartbeat({ ...(attempt.details ?? attempt.previous), failingSince });
      throw toApplicationFailure(toFerryError(error), attempt.number, attempt.details, answersAll);
    } finally {
      clearInterval(timer);
    }
  };
}

/** What an attempt waits for inside the worker, and how long it has done so in all. */
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

/** Since when attempts fail, as the attempt before said: people are told the age of an outage, not that of its last try. */
function sinceOf({ previous }: Attempt<unknown>): { readonly failingSince?: string } {
  const { failingSince }: { readonly failingSince?: unknown } = previous ?? {};
  return typeof failingSince === 'string' ? { failingSince } : {};
}

function isoNow(): string {
  return new Date().toISOString();
}

/** The reason of the signal, with what the attempt had done: whoever broke it off may go on with it later. */
function brokenOff({ signal, details }: Attempt<unknown>): unknown {
  const reason: unknown = signal.reason;
  if (!(reason instanceof CancelledFailure) || details === undefined) return reason;
  return new CancelledFailure(reason.message, [details], reason);
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
    // An expected wait, not an alarm: the transfer's status says it, and the log should stay readable in an outage.
    ...(nonRetryable ? {} : { category: ApplicationFailureCategory.BENIGN }),
  });
}
