/** The worker process: configuration, connection, and the task queues of one host. */
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection, type NativeConnectionOptions, type Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { ByteSlots, ConsumerDirectory, Pacer, type ActivityDeps } from '../activities';
import { loadSealKeys } from '../config';
import type { FerryConfig } from '../config/types';
import { imageToolsAvailable } from '../files';
import { createLivePerson } from '../liveperson';
import { sealer } from '../secrets';
import { signedUrl } from '../storage';
import { createAccounts } from './accounts';
import { createQueues } from './queues';
import { openReceiptBook, prepareReceipts } from './receipts';
import { installRuntime } from './runtime';
import { asTemporalFailure, type TemporalPlace } from './temporal-failures';

export { createLog } from './log';

/** More at once are no faster on one disk and one line, and only make every link older when its turn comes. */
const BYTE_SLOTS = 4;

export interface WorkerOptions {
  readonly connect: NativeConnectionOptions;
  readonly namespace: string;
  /** `embedded`: only this machine's user can start workflows, so files need no allow-list. */
  readonly kind: 'embedded' | 'configured';
  readonly config: FerryConfig;
  readonly host: string;
  /** Absolute; receipts are kept in `receipts/` below it. */
  readonly stateDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
}

export interface RunningWorker {
  /** Ends when the worker has drained after `shutdown`, or rejects when it failed. */
  readonly done: Promise<void>;
  /** Takes no more, lets what runs finish or checkpoint, then `done`. */
  shutdown(): void;
}

/**
 * Starts a worker; resolves when it is connected and polls. TEMPORAL_UNREACHABLE when there is no server, or when it went
 * away before all queues were polled; NOT_CONFIGURED (no such namespace), CREDENTIALS_REFUSED.
 */
export async function runWorker(options: WorkerOptions): Promise<RunningWorker> {
  try {
    return await start(options);
  } catch (error) {
    throw asTemporalFailure(error, placeOf(options));
  }
}

function placeOf({ connect, namespace }: WorkerOptions): TemporalPlace {
  return { address: connect.address ?? '', namespace };
}

async function start(options: WorkerOptions): Promise<RunningWorker> {
  const { config, env, log, host } = options;
  installRuntime(log);
  const keys = loadSealKeys(config, env);
  const receiptsDir = join(options.stateDir, 'receipts');
  prepareReceipts(receiptsDir);
  const connection = await NativeConnection.connect({ ...options.connect, ...transportTo(options.kind) });
  const accounts = createAccounts(config, env);
  const liveperson = createLivePerson({ log: ({ level, message, fields }) => log[level](fields, message) });
  const close = async (): Promise<void> => {
    await liveperson.close();
    await accounts.close();
    await connection.close();
  };
  try {
    const seal = sealer(keys);
    const client = new Client({ connection, namespace: options.namespace });
    const account = (name: string) => accounts.get(name);
    const deps: ActivityDeps = {
      account,
      liveperson,
      sealer: seal,
      consumers: new ConsumerDirectory({ client: () => client, liveperson, sealer: seal, account }),
      pacer: new Pacer(),
      slots: new ByteSlots(BYTE_SLOTS),
      receipts: openReceiptBook(receiptsDir),
      anyPathAllowed: options.kind === 'embedded',
      log: { warn: (message, facts) => log.warn(facts, message) },
      signedUrl: (parts) => signedUrl(parts),
    };
    const serveHost =
      options.kind === 'embedded' || Object.values(config.accounts).some(({ directories }) => directories !== null);
    if (!serveHost) {
      log.warn({ host }, 'No account has directories: this worker moves no files. Add directories to ferry.toml.');
    }
    if (!imageToolsAvailable()) {
      log.warn(
        { host },
        'sharp is not installed: pictures are sent without a preview and without being decoded first.',
      );
    }
    const { namespace } = options;
    const workers = await createQueues(deps, { connection, namespace, host, byteSlots: BYTE_SLOTS, serveHost });
    log.info({ host, namespace }, 'worker is polling');
    return { done: runThenClose(workers, placeOf(options), close), shutdown: () => shutdownAll(workers) };
  } catch (error) {
    await close();
    throw error;
  }
}

async function runThenClose(
  workers: readonly Worker[],
  place: TemporalPlace,
  close: () => Promise<void>,
): Promise<void> {
  try {
    await runAll(workers);
  } catch (error) {
    throw asTemporalFailure(error, place);
  } finally {
    await close();
  }
}

/** One that fails takes the others with it: half a worker would accept transfers that it cannot carry. */
async function runAll(workers: readonly Worker[]): Promise<void> {
  const runs = workers.map(async (worker) => {
    try {
      await worker.run();
    } finally {
      shutdownAll(workers);
    }
  });
  const results = await Promise.allSettled(runs);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function shutdownAll(workers: readonly Worker[]): void {
  for (const worker of workers) {
    if (worker.getState() === 'RUNNING') worker.shutdown();
  }
}

/** What is said to a server on this machine is not compressed first: that costs more than it saves. */
function transportTo(kind: WorkerOptions['kind']): NativeConnectionOptions {
  return kind === 'embedded' ? { grpcCompression: { codec: 'none' } } : {};
}
