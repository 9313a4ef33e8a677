import { Worker } from '@temporalio/worker';
import { createLeaseActivities, type LeaseDeps } from '../activities';
import type { Payloads } from '../codec';
import { leaseQueue } from '../contract';
import type { TemporalLink } from './temporal-link';

/** Leases and new shares: a few short tasks for each account with limits. */
const MOST_TASKS = 200;

export interface LeaseQueue {
  /** Starts polling. Most workers never need it. */
  start(deps: LeaseDeps): Promise<void>;
  shutdown(): void;
  /** Resolves when polling has stopped. */
  end(): Promise<void>;
}

export function createLeaseQueue(
  workerId: string,
  options: {
    readonly link: TemporalLink;
    readonly namespace: string;
    readonly payloads: Payloads;
    readonly graceMs: number;
  },
): LeaseQueue {
  let worker: Promise<Worker> | null = null;
  let running: Promise<void> = Promise.resolve();
  let ended = false;
  return {
    async start(deps) {
      worker ??= Worker.create({
        connection: options.link.connection(),
        namespace: options.namespace,
        dataConverter: options.payloads.dataConverter,
        taskQueue: leaseQueue(workerId),
        activities: createLeaseActivities(deps),
        shutdownGraceTime: options.graceMs,
        maxHeartbeatThrottleInterval: 1000,
        maxConcurrentActivityTaskExecutions: MOST_TASKS,
        activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 },
      }).then((made) => {
        options.link.add(made);
        if (!ended) running = made.run();
        running.catch(() => (worker = null));
        return made;
      });
      await worker;
    },
    shutdown() {
      ended = true;
      void worker?.then((made) => made.getState() === 'RUNNING' && made.shutdown());
    },
    async end() {
      await worker?.catch(() => undefined);
      await running.catch(() => undefined);
    },
  };
}
