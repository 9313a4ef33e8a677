import { proxyActivities } from '@temporalio/workflow';
import { LEASE_MS, leaseQueue, PRIORITY, type LeaseActivities, type LimitGrant, type ShareTaken } from '../../contract';
import { checkedResult } from '../inputs';

/** A worker that does not take its lease, or a new share, within this time is gone; another try follows. */
const PICKUP_MS = 10_000;

/** A lease ends by itself when its worker has been idle. This bounds the others. */
const LONGEST_LEASE_MS = 7 * 24 * 3_600_000;

/** The worker waits 20 s for what is under way beyond its new share. */
const LONGEST_SHARE_MS = 45_000;

const common = {
  priority: { priorityKey: PRIORITY.entity },
  allowEagerDispatch: false,
  cancellationType: 'TRY_CANCEL',
} as const;

const lease = proxyActivities<Pick<LeaseActivities, 'holdLease'>>({
  ...common,
  // A lost lease is lost: the worker asks for another one.
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

/** What the limits of an account ask of one worker process. */
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
