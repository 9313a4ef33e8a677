/** Serves a worker's queues: makes the activities and their dependencies. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { NativeConnection, Worker } from '@temporalio/worker';
import {
  ByteSlots,
  askLimitsOver,
  ConsumerDirectory,
  Limiter,
  Pacer,
  Previews,
  SharingKnown,
  watchProcesses,
  type ActivityDeps,
  type ActivityLog,
  type LeaseDeps,
} from '../activities';
import { schedulesOn } from '../client/connect';
import { createPayloads } from '../codec';
import { loadSealKeys } from '../config';
import { openBooks } from '../evidence';
import { imageToolsAvailable } from '../files';
import { cutPages, openJournals } from '../jobs';
import { fillLedger, openLedger } from '../ledger';
import { PROXY_NOT_USED, unusedProxy } from '../lib/unused-proxy';
import { NO_METER } from '../metrics';
import { createLivePerson } from '../liveperson';
import type { SealKey } from '../secrets';
import { signedUrl } from '../storage';
import { createAccounts } from './accounts';
import { createHealthChecks } from './health';
import { createLeaseQueue } from './lease-queue';
import { createNotices } from './notices';
import { createQueues, GRACE_MS } from './queues';
import { keepReceipts } from './keep-receipts';
import { meterSteps } from './step-meter';
import { scheduleReadings, watchSchedules } from './watch-schedules';
import { resealing } from './reseal-consumers';
import { openSealRing } from './seal-ring';
import { tellThrottled } from './throttled';
import { createTemporalLink, followSettings } from './temporal-link';
import { asTemporalFailure, type TemporalPlace } from './temporal-failures';
import type { RunningWorker, WorkerOptions } from './types';

/** When the server takes longer to acknowledge a heartbeat, it is away, and the attempt is retried. */
const CONFIRM_WITHIN_MS = 5000;

export interface ServeOptions extends WorkerOptions {
  readonly connection: NativeConnection;
  /** The first key seals. */
  readonly keys: readonly SealKey[];
  readonly receiptsDir: string;
  readonly ledgerDir: string;
  readonly jobsDir: string;
}

function placeOf({ connect, namespace }: WorkerOptions): TemporalPlace {
  return { address: connect.address ?? '', namespace };
}

/** Serves the queues over this connection, which it closes when it ends, also when it cannot begin. */
export async function serve(options: ServeOptions): Promise<RunningWorker> {
  const { connection, config, env, log, host, keys, receiptsDir, ledgerDir, jobsDir } = options;
  const workerId = `${host}.${randomUUID().slice(0, 8)}`;
  const accounts = createAccounts(config, env, (account) => limiter.gatesOf(account));
  const liveperson = createLivePerson({ log: ({ level, message, fields }) => log[level](fields, message) });
  const ledger = openLedger(ledgerDir);
  const activityLog: ActivityLog = { warn: (message, facts) => log.warn(facts, message) };
  let closeBooks = async (): Promise<void> => {};
  const close = async (): Promise<void> => {
    leases.shutdown();
    await leases.end();
    await liveperson.close();
    await closeBooks();
    await ledger.close();
    await accounts.close();
    await link.close();
  };
  const ending = new AbortController();
  const payloads = createPayloads(options.payloadKeys);
  const { dataConverter } = payloads;
  const link = createTemporalLink(connection, { namespace: options.namespace, dataConverter });
  const client = (): Client => link.client();
  const leases = createLeaseQueue(workerId, { link, namespace: options.namespace, payloads, graceMs: GRACE_MS });
  const limiter = new Limiter({
    ask: askLimitsOver(client),
    workerId,
    host,
    ...watchProcesses(),
    configured: (account) => config.accounts[account]?.limits ?? null,
    pollForLeases: () => leases.start({ limiter, confirm }),
    log: activityLog,
  });
  const confirmWith = (beat: (to: Client) => Promise<void>): Promise<void> => {
    const to = client();
    return to.withDeadline(Date.now() + CONFIRM_WITHIN_MS, () => beat(to));
  };
  const confirm: LeaseDeps['confirm'] = (activity, details) =>
    confirmWith((to) => to.activity.heartbeat({ ...activity }, details));
  const reseal = resealing({ client, log, payloadKeys: options.payloadKeys, signal: ending.signal });
  try {
    await fillLedger(ledgerDir, receiptsDir).catch((error: unknown) => {
      // Publishes wait until the ledger can be used. All other steps go on.
      log.error({ err: error }, 'The ledger cannot be used');
    });
    const books = openBooks({
      stateDir: options.stateDir,
      anchorFile: config.auditAnchor,
      onAnchorFailure: (error) => log.warn({ err: error }, 'The head of the receipts could not be anchored'),
    });
    closeBooks = () => books.close();
    const readKeys = (): readonly SealKey[] => loadSealKeys(config, env);
    const seal = openSealRing({
      keys,
      read: readKeys,
      signal: ending.signal,
      onChange: (ring) => {
        log.info({ sealKey: ring[0]?.id, keys: ring.length }, 'The seal keys have changed');
        reseal(ring);
      },
      onFault: (error) => log.warn({ err: error }, 'The seal keys cannot be used; the former keys stay in use'),
    });
    const account = (name: string) => accounts.get(name);
    const meter = options.metrics?.meter ?? NO_METER;
    const known = new Set(Object.keys(config.accounts));
    const notices = createNotices({ client, config, env, log: activityLog });
    const throttled = tellThrottled(notices);
    options.metrics?.read({ limiter: () => limiter.readings(), schedules: () => scheduleReadings(options.stateDir) });
    const deps: ActivityDeps = {
      account,
      liveperson,
      sealer: seal,
      consumers: new ConsumerDirectory({
        client,
        liveperson,
        sealer: seal,
        account,
        shownName: payloads.shown,
      }),
      pacer: new Pacer(({ group, name }) => {
        const isAccount = known.has(group);
        meter.throttled(isAccount ? group : '', name);
        if (isAccount) throttled(group);
      }),
      sharing: new SharingKnown(),
      slots: new ByteSlots(config.byteSlots),
      previews: new Previews(),
      receipts: keepReceipts(books, ledger, activityLog),
      audit: { keep: (entries) => books.keepAudit(entries) },
      ledger,
      jobs: {
        stateDir: options.stateDir,
        directory: jobsDir,
        journals: openJournals(),
        cutPages,
      },
      confirmHeartbeat: (taskToken, details) => confirmWith((to) => to.activity.heartbeat(taskToken, details)),
      isOnlyLedger: options.kind === 'embedded',
      anyPathAllowed: options.kind === 'embedded',
      log: activityLog,
      meter,
      notices,
      signedUrl: (parts) => signedUrl(parts),
    };
    const serveHost =
      options.kind === 'embedded' || Object.values(config.accounts).some(({ directories }) => directories !== null);
    if (!serveHost) {
      log.warn({ host }, 'No account has directories: this worker moves no files. Add directories to ferry.toml.');
    }
    const proxy = unusedProxy(env);
    if (proxy !== null) log.warn({ host }, `${proxy} ${PROXY_NOT_USED}.`);
    if (!imageToolsAvailable()) {
      log.warn(
        { host },
        'sharp is not installed: pictures are sent without a preview and without being decoded first.',
      );
    }
    const { namespace } = options;
    const workers = await createQueues(deps, {
      connection,
      namespace,
      host,
      byteSlots: config.byteSlots,
      serveHost,
      payloads,
      interceptors: { activity: [meterSteps(meter, known)] },
    });
    for (const worker of workers) link.add(worker);
    const { connect, readConnection } = options;
    if (readConnection !== undefined) followSettings(link, { connect, readConnection, log, signal: ending.signal });
    log.info({ host, namespace }, 'worker is polling');
    void watchSchedules({
      stateDir: options.stateDir,
      schedules: schedulesOn(link, { ...placeOf(options), payloadKeys: options.payloadKeys }),
      notices,
      log: activityLog,
      signal: ending.signal,
    });
    const done = runThenClose(workers, placeOf(options), close).finally(() => ending.abort());
    reseal(keys);
    return {
      done,
      shutdown: () => {
        ending.abort();
        shutdownAll(workers);
        leases.shutdown();
      },
      checks: createHealthChecks({ workers, connection: () => link.connection(), receiptsDir, readSealKeys: readKeys }),
    };
  } catch (error) {
    ending.abort();
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

/** When one queue fails, all end, because a partial worker would accept transfers that it cannot carry. */
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
