import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { connectFerry, type FerryClient } from '../../../src/client';
import { CONSUMER_QUEUE, hostQueue, ioQueue, SHARED_QUEUE } from '../../../src/contract';
import { startTestTemporal, type TestTemporal } from '../../support/temporal';
import { everythingWorks, type StandIns } from './stand-ins';
import { openProxy, type Proxy } from './proxy';

export const HOST = 'desk';

/** A host that is not the one of the client; it has the same files. */
export const OTHER_HOST = 'cellar';

/** A real Temporal with the real workflows; its client reaches it through a line that tests can cut. */
export interface Stage {
  readonly temporal: TestTemporal;
  readonly line: Proxy;
  readonly ferry: FerryClient;
  /** Makes a file of its own and says where it is. */
  makeFile(name: string, content?: string): Promise<string>;
  readonly directory: string;
  /** Runs a worker of all queues with these activities while `work` lasts. */
  play<T>(activities: Partial<StandIns>, work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  // As Ferry's workers report: one that follows another in its process within a second is known by its next report.
  Runtime.install({ logger: new DefaultLogger('ERROR'), workerHeartbeatInterval: 5000 });
  const temporal = await startTestTemporal();
  const line = await openProxy(temporal.address);
  const directory = await mkdtemp(join(tmpdir(), 'ferry-client-'));
  const native = await NativeConnection.connect({ address: temporal.address });
  const ferry = await connectFerry({
    connection: { address: line.address },
    namespace: temporal.namespace,
    hostId: HOST,
  });
  const bundle = await bundleWorkflowCode({
    workflowsPath: require.resolve('../../../src/workflows/index.ts'),
    workflowInterceptorModules: [require.resolve('../../../src/workflows/no-empty-tasks.ts')],
    logger: new DefaultLogger('ERROR'),
  });
  let files = 0;
  return {
    temporal,
    line,
    ferry,
    directory,
    async makeFile(name, content) {
      files += 1;
      const path = join(directory, name);
      await writeFile(path, content ?? `content of file ${files}`);
      return path;
    },
    play: (activities, work) => play({ native, namespace: temporal.namespace, bundle }, activities, work),
    async close() {
      await ferry.close();
      await line.close();
      await native.close();
      await temporal.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface Theatre {
  readonly native: NativeConnection;
  readonly namespace: string;
  readonly bundle: WorkflowBundleWithSourceMap;
}

async function play<T>(theatre: Theatre, overrides: Partial<StandIns>, work: () => Promise<T>): Promise<T> {
  const { native: connection, namespace, bundle: workflowBundle } = theatre;
  const activities = { ...everythingWorks, ...overrides };
  const common = { connection, namespace, activities, maxHeartbeatThrottleInterval: 100 };
  const workers = await Promise.all([
    Worker.create({ ...common, taskQueue: SHARED_QUEUE, workflowBundle }),
    Worker.create({ ...common, taskQueue: CONSUMER_QUEUE }),
    ...[HOST, OTHER_HOST].flatMap((host) => [
      Worker.create({ ...common, taskQueue: hostQueue(host) }),
      Worker.create({ ...common, taskQueue: ioQueue(host) }),
    ]),
  ]);
  const runs = workers.map((worker) => worker.run());
  try {
    return await work();
  } finally {
    for (const worker of workers) worker.shutdown();
    await Promise.all(runs);
  }
}
