import { statSync } from 'node:fs';
import { loadSealKeys } from '../config';
import type { FerryConfig } from '../config/types';
import type * as connecting from '../client/connect';
import type { FerryClientOptions } from '../client/options';
import type { FerryClient } from '../client/types';
import { freePort } from '../engine';
import type { Env } from '../lib/env';
import type { Page } from '../lib/http-pages';
import { LOOPBACK } from '../lib/loopback';
import { packageVersion } from '../lib/package-version';
import { timeLimit } from '../lib/time-limit';
import { createMetrics } from '../metrics';
import type { WorkerMetrics } from './types';

/** The SDK answers on this machine within milliseconds, or not at all. */
const SDK_ANSWERS_WITHIN_MS = 2000;

export interface ServedMetrics extends WorkerMetrics {
  page(): Promise<Page>;
  close(): Promise<void>;
}

export interface ServedMetricsOptions {
  readonly host: string;
  readonly config: FerryConfig;
  readonly env: Env;
  /** The settings to connect to Temporal, for counting transfers. */
  readonly connect: FerryClientOptions;
}

/**
 * The metrics of this worker process. Temporal's SDK serves its own on a free port of this machine; this server fetches
 * them, so that a scraper finds all metrics under one address.
 */
export async function openMetrics({ host, config, env, connect }: ServedMetricsOptions): Promise<ServedMetrics> {
  const sdkAddress = `${LOOPBACK}:${await freePort()}`;
  const metrics = createMetrics({ host, version: packageVersion(), beside: () => sdkText(sdkAddress) });
  const client = openLater(connect);
  metrics.read({
    transfers: async () => (await client.get()).counts(),
    sealKeyAge: () => sealKeyAge(config, env),
  });
  return {
    meter: metrics.meter,
    read: (readings) => metrics.read(readings),
    sdkAddress,
    page: async () => ({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
      body: await metrics.text(),
    }),
    close: () => client.close(),
  };
}

async function sdkText(address: string): Promise<string> {
  const answer = await fetch(`http://${address}/metrics`, { signal: timeLimit(SDK_ANSWERS_WITHIN_MS) });
  if (!answer.ok) throw new Error(`The SDK's metrics answered ${answer.status}.`);
  return await answer.text();
}

/**
 * Seconds since the sealing key was made, or since its file was written. Null when the key comes from the environment
 * without a time.
 */
function sealKeyAge(config: FerryConfig, env: Env): number | null {
  const madeAt = loadSealKeys(config, env)[0]?.madeAt ?? null;
  if (madeAt !== null) return (Date.now() - Date.parse(madeAt)) / 1000;
  if (config.sealKeyFile === null || env['FERRY_SEAL_KEY']) return null;
  return (Date.now() - statSync(config.sealKeyFile).mtimeMs) / 1000;
}

/** Connects when first asked, and again after a failure: Temporal may be away when the worker starts. */
function openLater(options: FerryClientOptions): { get(): Promise<FerryClient>; close(): Promise<void> } {
  let opening: Promise<FerryClient> | null = null;
  return {
    get() {
      if (opening === null) {
        const { connect } = require('../client/connect') as typeof connecting;
        opening = connect(options);
        opening.catch(() => (opening = null));
      }
      return opening;
    },
    async close() {
      const client = await opening?.catch(() => null);
      await client?.close();
    },
  };
}
