/**
 * The worker as a part of `ferry up`: `node dist/worker/main.js --state DIR`, forked with an IPC channel. It reports
 * when it polls. When its channel closes without a clean stop, because `up` was killed, it drains and ends the server
 * that `up` had started, so that nothing is left running.
 */
import { parseArgs } from 'node:util';
import { loadUpConfig, readUpFile } from '../config';
import type { TemporalTarget } from '../config/types';
import { endOwnedTemporal } from '../engine';
import { toFerryError } from '../errors';
import { defined } from '../lib/defined';
import { isSameProcess } from '../lib/process-identity';
import { createLog } from './log';
import { runWorkerProcess } from './process';

/** A server on a large database may take a while to answer after a crash. */
const CONNECT_WITHIN_MS = 50_000;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { state: { type: 'string' }, metrics: { type: 'string' } }, strict: true });
  const stateDir = values.state;
  if (stateDir === undefined) throw new Error('--state DIR is missing');
  // The disk of the log may be full. Lines are lost then, but a worker without a log is better than no worker.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const log = createLog(process.stdout);
  // The channel may have closed during loading: then no event comes.
  let orphaned = process.send !== undefined && !process.connected;
  process.once('disconnect', () => {
    orphaned = true;
  });
  try {
    if (!orphaned) await runPart(stateDir, log, values.metrics);
  } finally {
    const owned = process.env['FERRY_OWNED_TEMPORAL'];
    if (orphaned && owned !== undefined) await endOwnedTemporal(owned);
  }
}

async function runPart(
  stateDir: string,
  log: ReturnType<typeof createLog>,
  metricsAddress: string | undefined,
): Promise<void> {
  const env = process.env;
  const upFile = readUpFile(stateDir);
  if (upFile === null || !isSameProcess(upFile.up)) throw new Error(`no ferry up runs on ${stateDir}`);
  const { temporalAddress: address, namespace } = upFile;
  const target: TemporalTarget = {
    address,
    namespace,
    kind: 'embedded',
    from: `the ferry up in ${stateDir}`,
    stateDir,
  };
  const config = loadUpConfig(upFile, { env, cwd: process.cwd() });
  await runWorkerProcess({
    target,
    config,
    env,
    log,
    connectWithinMs: CONNECT_WITHIN_MS,
    ...defined({ metricsAddress }),
    onReady: () => process.send?.({ type: 'ready' }),
  });
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const { code, message, remedy } = toFerryError(error);
    process.send?.({ type: 'error', error: { code, message } });
    process.stderr.write(`The worker could not run: ${message} (${code})\n${remedy}\n`);
    process.exit(1);
  },
);
