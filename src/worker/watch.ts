/** The pages of a worker process that others watch: health for probes, metrics for Prometheus. */
import type { PayloadKeys } from '../codec';
import type { ConnectOptions } from '../config';
import type { FerryConfig, TemporalTarget } from '../config/types';
import { FerryError } from '../errors';
import type { Env } from '../lib/env';
import { isLoopback } from '../lib/loopback';
import { watchLoopDelay } from '../lib/loop-delay';
import { livePage, readyPage } from './health';
import { openMetrics, type ServedMetrics } from './metrics';
import { openPages, type PageGroup } from './pages';
import type { RunningWorker } from './types';

export interface WatchOptions {
  readonly target: TemporalTarget;
  readonly connect: ConnectOptions;
  readonly readConnection: () => Promise<ConnectOptions>;
  readonly payloadKeys: PayloadKeys | null;
  readonly host: string;
  readonly config: FerryConfig;
  readonly env: Env;
  /** Before that of the configuration. */
  readonly healthAddress?: string;
  /** Before that of the configuration. */
  readonly metricsAddress?: string;
  /** The present worker; null while there is no Temporal. */
  readonly current: () => RunningWorker | null;
}

export interface Watch {
  /** Undefined: no address was given, so nothing is counted. */
  readonly metrics: ServedMetrics | undefined;
  close(): Promise<void>;
}

/**
 * Opens the pages at once, before the connection to Temporal.
 *
 * @throws {FerryError} PORT_BUSY, CONFIG_INVALID (not an address of this machine, or not of loopback under `ferry up`)
 */
export async function openWatch(options: WatchOptions): Promise<Watch> {
  const { config, target, connect, readConnection, host, payloadKeys, env, current } = options;
  const healthAddress = options.healthAddress ?? config.healthAddress;
  const metricsAddress = options.metricsAddress ?? config.metricsAddress;
  if (target.kind === 'embedded') refuseOutside({ healthAddress, metricsAddress });
  const reach = { connection: connect, readConnection, namespace: target.namespace, hostId: host, payloadKeys };
  const metrics = metricsAddress === null ? undefined : await openMetrics({ host, config, env, connect: reach });
  const loop = watchLoopDelay();
  const groups: PageGroup[] = [
    {
      key: 'healthAddress',
      address: healthAddress,
      pages: { '/livez': () => livePage(loop), '/readyz': readyPage(current) },
    },
    ...(metrics === undefined
      ? []
      : [{ key: 'metricsAddress', address: metricsAddress, pages: { '/metrics': () => metrics.page() } }]),
  ];
  const pages = await openPages(groups);
  return {
    metrics,
    async close() {
      loop.stop();
      await pages.close();
      await metrics?.close();
    },
  };
}

/** A `ferry up` is for one machine: other machines must not reach it. */
function refuseOutside(addresses: Readonly<Record<string, string | null>>): void {
  for (const [key, address] of Object.entries(addresses)) {
    if (address === null || isLoopback(address)) continue;
    const message = `${key} is ${address}: beside a ferry up only addresses of this machine (127.0.0.1) are served.`;
    throw new FerryError('CONFIG_INVALID', message, { remedy: `Write ${key} = "127.0.0.1:PORT".` });
  }
}
