import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ActivityNotFoundError } from '@temporalio/client';
import type { LeaseActivities, LeaseInput, LeaseUse, SetShareInput, ShareTaken } from '../../contract';
import { atEdge, type Attempt } from '../edge';
import { holdLeaseInput, setShareInput } from './inputs';
import type { LimitedAccount } from './limited-account';
import type { Limiter } from './limiter';

const HEARTBEAT_EVERY_MS = 1500;

/** How long to wait for running requests that exceed a new share. */
const GIVE_BACK_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 20;

/** When a worker ends, it cancels all its activities. Activities with running requests get this time to finish. */
const DRAIN_WITHIN_MS = 2000;

/** Identifies an activity to the server, for heartbeats that Ferry sends itself. */
export interface ActivityName {
  readonly workflowId: string;
  readonly runId: string;
  readonly activityId: string;
}

export interface LeaseDeps {
  readonly limiter: Limiter;
  /** Resolves once the server has acknowledged the heartbeat. */
  readonly confirm: (activity: ActivityName, details: LeaseUse) => Promise<void>;
}

/** The activities on the queue of this worker process. */
export function createLeaseActivities({ limiter, confirm }: LeaseDeps): LeaseActivities {
  return {
    holdLease: atEdge(holdLeaseInput, (input, attempt: Attempt<LeaseUse>) =>
      holdLease(limiter.of(input.account), confirm, input, attempt),
    ),
    setShare: atEdge(setShareInput, (input, { signal }) => setShare(limiter.of(input.account), input, signal)),
  };
}

async function holdLease(
  member: LimitedAccount,
  confirm: LeaseDeps['confirm'],
  { workerId, since }: LeaseInput,
  attempt: Attempt<LeaseUse>,
): Promise<{ readonly left: string }> {
  const { activityId, workflowExecution } = Context.current().info;
  const name = { workflowId: '', ...workflowExecution, runId: attempt.runId, activityId };
  const lease = member.beginLease(since);
  const { limits } = member;
  while (!attempt.signal.aborted && lease.isCurrent()) {
    const sentAt = { monotonic: performance.now(), wall: Date.now() };
    attempt.details = { workerId, inFlight: limits.inFlight, waiting: limits.waiting };
    try {
      await confirm(name, attempt.details);
      if (lease.isCurrent()) limits.confirm(sentAt);
    } catch (error) {
      // The workflow has started a new run, or has declared the lease lost.
      if (error instanceof ActivityNotFoundError) {
        lease.forget();
        return { left: 'gone' };
      }
    }
    if (member.isIdle) break;
    await delay(HEARTBEAT_EVERY_MS, undefined, { signal: attempt.signal }).catch(() => undefined);
  }
  if (!lease.isCurrent()) return { left: 'replaced' };
  if (attempt.signal.aborted) await drained(member);
  member.endLease();
  return { left: attempt.signal.aborted ? 'ended' : 'idle' };
}

async function drained({ limits }: LimitedAccount): Promise<void> {
  const until = performance.now() + DRAIN_WITHIN_MS;
  while (limits.inFlight.requests + limits.inFlight.transfers > 0 && performance.now() < until)
    await delay(LOOK_EVERY_MS);
}

async function setShare(member: LimitedAccount, { grant }: SetShareInput, signal: AbortSignal): Promise<ShareTaken> {
  const { limits } = member;
  member.apply(grant);
  const until = performance.now() + GIVE_BACK_WITHIN_MS;
  while (limits.isCurrent(grant) && limits.isOver(grant) && performance.now() < until) {
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
  return { held: limits.inFlight };
}
