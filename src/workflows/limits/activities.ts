import { proxyActivities } from '@temporalio/workflow';
import { LEASE_MS, leaseQueue, PRIORITY, type LeaseActivities, type LimitGrant, type ShareTaken } from '../../contract';
import { checkedResult } from '../inputs';

/** A worker that does not accept its lease or a new share within this time is gone. The call is then retried. */
const PICKUP_MS = 10_000;

/** The longest lease. The lease of an idle worker ends earlier. */
const LONGEST_LEASE_MS = 7 * 24 * 3_600_000;

/** Longer than the 20 s for which a worker waits for requests that exceed its new share. */
const LONGEST_SHARE_MS = 45_000;

const common = {
  priority: { priorityKey: PRIORITY.entity },
  allowEagerDispatch: false,
  cancellationType: 'TRY_CANCEL',
} as const;

const lease = proxyActivities<Pick<LeaseActivities, 'holdLease'>>({
  ...common,
  // A lost lease is not retried: the worker requests another.
  retry: { maximumAttempts: 1 },
  heartbeatTimeout: LEASE_MS,
  scheduleToStartTimeout: PICKUP_MS,
  startToCloseTimeout: LONGEST_LEASE_MS,
});

const share = proxyActivities<Pick<LeaseActivities, 'setShare'>>({
  ...common,
  retry: { initialInterval: 500, backoffCoefficient: 1.5, maximumInterval: 5000 },
  heartbeatTimeout: LEASE_MS,
  startToCloseTimeout: LONGEST_SHARE_MS,
  scheduleToCloseTimeout: 2 * LONGEST_SHARE_MS,
});

/** The calls of the limits workflow to one worker process. */
export function leaseActivitiesOf(account: string, workerId: string) {
  const taskQueue = leaseQueue(workerId);
  return {
    async holdLease(since: number): Promise<void> {
      const summary = `lease of ${workerId}`;
      await lease.holdLease.executeWithOptions({ taskQueue, summary }, [{ account, workerId, since }]);
    },
    async setShare(grant: LimitGrant): Promise<ShareTaken> {
      const { requests, transfers } = grant.share;
      const summary = `${requests ?? 'any'} requests and ${transfers ?? 'any'} transfers for ${workerId}`;
      const input = { account, workerId, grant };
      const taken = await share.setShare.executeWithOptions({ taskQueue, summary }, [input]);
      return checkedResult('setShare', taken) as ShareTaken;
    },
  };
}
