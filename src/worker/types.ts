import type { NativeConnectionOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { PayloadKeys } from '../codec';
import type { FerryConfig } from '../config/types';
import type { Env } from '../lib/env';
import type { Metrics } from '../metrics';

export interface WorkerOptions {
  readonly connect: NativeConnectionOptions;
  /**
   * Reads the settings of `connect` again, every few seconds: when they differ, a new connection takes over. Throws when
   * they cannot be used. Absent: they never change.
   */
  readonly readConnection?: () => Promise<NativeConnectionOptions>;
  readonly namespace: string;
  /** `embedded`: the server of a `ferry up`, where files need no allow-list. */
  readonly kind: 'embedded' | 'configured';
  readonly config: FerryConfig;
  /** The first key seals payloads, every key opens them; null: payloads are in clear. */
  readonly payloadKeys: PayloadKeys | null;
  readonly host: string;
  /** Absolute; receipts are kept in `receipts/` below it. */
  readonly stateDir: string;
  readonly env: Env;
  readonly log: Logger;
  /** Absent: nothing is counted. */
  readonly metrics?: WorkerMetrics;
}

export interface WorkerMetrics extends Pick<Metrics, 'meter' | 'read'> {
  /** `host:port` of this machine on which Temporal's SDK serves its own metrics. */
  readonly sdkAddress: string;
}

/** One check of the readiness of a worker. */
export interface HealthCheck {
  readonly check: 'polling' | 'temporal' | 'receipts' | 'sealKey';
  readonly ok: boolean;
  /** A sentence; null when the check holds. */
  readonly reason: string | null;
}

export interface RunningWorker {
  /** Ends when the worker has drained after `shutdown`, or rejects when it failed. */
  readonly done: Promise<void>;
  /** Takes no new tasks, and lets running tasks finish or checkpoint. Then `done` resolves. */
  shutdown(): void;
  /** The checks of `/readyz`. The worker can carry transfers while all checks are ok. */
  checks(): Promise<readonly HealthCheck[]>;
}
