import { Context } from '@temporalio/activity';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import {
  CONSUMER_QUEUE,
  type Activities,
  hostQueue,
  ioQueue,
  type PublishFacts,
  type PublishResult,
  SHARED_QUEUE,
  type TransferInput,
  WORKFLOW,
} from '../../src/contract';
import { addressing } from '../support/addressing';
import { startTestTemporal } from '../support/temporal';

export const HOST = 'testhost';

export type StandIns = Activities;

const HOST_QUEUES = { host: hostQueue, io: ioQueue } as const;

/** A real Temporal, the real workflows, and activities that do as each test says. */
export interface Stage {
  readonly client: Client;
  /** Runs a worker with these activities while `work` lasts. */
  play<T>(activities: Partial<StandIns>, work: (client: Client) => Promise<T>): Promise<T>;
  /** Runs a worker of another host's queues, or of one of them, while `work` lasts. */
  playHost<T>(
    host: string,
    activities: Partial<StandIns>,
    work: () => Promise<T>,
    queues?: readonly (keyof typeof HOST_QUEUES)[],
  ): Promise<T>;
  /** Runs a worker of each of these queues, with its own activities, while `work` lasts. */
  playQueues<T>(
    queues: readonly { readonly taskQueue: string; readonly activities: object }[],
    work: () => Promise<T>,
  ): Promise<T>;
  close(): Promise<void>;
}

export const NO_EMPTY_TASKS = require.resolve('../../src/workflows/no-empty-tasks.ts');

/**
 * @param interceptors modules that change what the workflows ask of Temporal
 * @param maxCachedWorkflows 0: each workflow task begins with a replay, as by a worker that was just started
 */
export async function openStage(interceptors: readonly string[] = [], maxCachedWorkflows = 100): Promise<Stage> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const temporal = await startTestTemporal();
  const workflowBundle: WorkflowBundleWithSourceMap = await bundleWorkflowCode({
    workflowsPath: require.resolve('../../src/workflows/index.ts'),
    workflowInterceptorModules: [NO_EMPTY_TASKS, ...interceptors],
    logger: new DefaultLogger('ERROR'),
  });
  const native = await NativeConnection.connect({ address: temporal.address });
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection, namespace: temporal.namespace, interceptors: { workflow: [addressing] } });
  const common = { connection: native, namespace: temporal.namespace, maxHeartbeatThrottleInterval: 1000 };
  return {
    client,
    async play(overrides, work) {
      const activities = { ...everythingWorks, ...overrides };
      const workers = [
        Worker.create({ ...common, taskQueue: SHARED_QUEUE, activities, workflowBundle, maxCachedWorkflows }),
        Worker.create({ ...common, taskQueue: CONSUMER_QUEUE, activities }),
        Worker.create({ ...common, taskQueue: hostQueue(HOST), activities }),
        Worker.create({ ...common, taskQueue: ioQueue(HOST), activities }),
      ];
      return await runWhile(await Promise.all(workers), () => work(client));
    },
    async playHost(host, overrides, work, queues = ['host', 'io']) {
      const activities = { ...everythingWorks, ...overrides };
      const workers = queues.map((queue) =>
        Worker.create({ ...common, taskQueue: HOST_QUEUES[queue](host), activities }),
      );
      return await runWhile(await Promise.all(workers), work);
    },
    async playQueues(queues, work) {
      return await runWhile(await Promise.all(queues.map((queue) => Worker.create({ ...common, ...queue }))), work);
    },
    async close() {
      await connection.close();
      await native.close();
      await temporal.stop();
    },
  };
}

async function runWhile<T>(workers: readonly Worker[], work: () => Promise<T>): Promise<T> {
  const runs = workers.map((worker) => worker.run());
  try {
    return await work();
  } finally {
    for (const worker of workers) worker.shutdown();
    await Promise.all(runs);
  }
}

let count = 0;

export function inputOf(changes: Partial<TransferInput> = {}): TransferInput {
  count += 1;
  return {
    transferId: `acme-plan-${count}`,
    account: 'acme',
    consumer: 'ops',
    host: HOST,
    source: { path: '/data/plan.jpg', sizeBytes: 100, mtimeMs: 1, inode: 2 },
    conversationId: null,
    caption: 'the plan',
    fetchTo: null,
    verify: false,
    deadlineMs: 600_000,
    ...changes,
  };
}

export function start(client: Client, input: TransferInput) {
  return client.workflow.start(WORKFLOW.transfer, {
    workflowId: input.transferId,
    taskQueue: SHARED_QUEUE,
    args: [input],
  });
}

/** As an activity refuses what it cannot do for good. */
export function refusal(code: string, facts?: object): Promise<never> {
  const details = facts === undefined ? [] : [facts];
  return Promise.reject(
    ApplicationFailure.create({ type: code, message: `${code} happened`, nonRetryable: true, details }),
  );
}

/** As publish fails when the service has answered the frame with a refusal. */
export function refusedPublish(code: string): Promise<never> {
  return refusal(code, { effect: 'refused', unsettledUntil: null, refusedLooks: 0 } satisfies PublishFacts);
}

/** As publish answers. */
export function messageIn(conversationId: string, sequence = 7, receiptKept = true): PublishResult {
  return { sequence, conversationId, dialogId: conversationId, publishedAt: '2026-01-02T03:04:05.000Z', receiptKept };
}

/** Runs until it is cancelled, as an activity that honours its signal does. */
export async function untilCancelled(reached: () => void): Promise<never> {
  const beat = setInterval(() => Context.current().heartbeat('alive'), 200);
  reached();
  try {
    return await Context.current().cancelled;
  } finally {
    clearInterval(beat);
  }
}

/** Why a workflow failed; undefined when it did not. */
export async function failureOf(result: Promise<unknown>): Promise<Error | undefined> {
  const thrown: unknown = await result.then(
    () => undefined,
    (error: unknown) => error,
  );
  return thrown instanceof WorkflowFailedError ? thrown.cause : undefined;
}

const url = { relativePath: '/v1/AUTH_a/c/x.JPG', sealed: 'f1.k.sealed', expiresAt: 4_102_444_800 };
const file = {
  source: '/data/plan.jpg',
  name: 'plan.jpg',
  sizeBytes: 100,
  mtimeMs: 1,
  inode: 2,
  fileType: 'JPG',
  notes: [],
};
const opened = { conversationId: 'c1', dialogId: 'c1', consumerId: 'sub', lastSequence: 0 };

export const everythingWorks: StandIns = {
  holdLease: () => Promise.resolve({ left: 'idle' }),
  setShare: () => Promise.resolve({ held: { requests: 0, transfers: 0 } }),
  inspect: () => Promise.resolve(file),
  enable: () => Promise.resolve({ skipped: null }),
  open: () => Promise.resolve(opened),
  requestUploadUrl: () => Promise.resolve(url),
  upload: () =>
    Promise.resolve({ relativePath: url.relativePath, md5: 'm', sha256: 's', urlRenewals: 1, bytesSent: 100 }),
  publish: ({ opened: { conversationId } }) => Promise.resolve(messageIn(conversationId)),
  requestDownloadUrl: () => Promise.resolve(url),
  fetch: ({ target }) =>
    Promise.resolve({ fetchedTo: target, sizeBytes: 100, md5: 'm', sha256: 's', urlRenewals: 0, bytesFetched: 100 }),
  digestSource: () => Promise.resolve({ md5: 'm' }),
  discardPart: () => Promise.resolve(),
  keepReceipt: () => Promise.resolve(),
  keepAudit: () => Promise.resolve(),
  // Of a job: see job-stand-ins.ts.
  clerk: () => refusal('INTERNAL'),
  deliverPage: () => refusal('INTERNAL'),
  publishPage: () => refusal('INTERNAL'),
  fetchPage: () => refusal('INTERNAL'),
  launch: () => refusal('INTERNAL'),
  clear: () => refusal('INTERNAL'),
  acquireToken: () => Promise.resolve({ sealed: 'f1.k.token', consumerId: 'sub', expiresAt: null, fingerprint: 'abc' }),
  resealToken: ({ token }) => Promise.resolve({ ...token, sealed: 'f1.new.token' }),
  ensureConversation: () => Promise.resolve({ conversationId: 'c1', dialogId: 'c1' }),
  lookAtConversation: () => Promise.resolve({ open: true }),
  tell: () => Promise.resolve(),
  deliverNotice: () => Promise.resolve({ outcome: 'delivered', stopped: null }),
};
