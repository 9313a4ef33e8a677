import { defined } from '../../lib/defined';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { lazy } from '../shared/lazy';
import { readSettings } from '../shared/settings';

export interface WorkerCommandOptions {
  readonly hostId?: string;
  readonly health?: string;
  readonly metrics?: string;
}

/** Runs one worker until SIGTERM or Ctrl-C drains it. Its log goes to stderr. */
export async function runWorkerCommand(
  { io, output, flags }: CommandEnvironment,
  options: WorkerCommandOptions,
): Promise<ExitCode> {
  const { target, config, up, unreachable } = await readSettings(io, flags);
  if (unreachable !== null) throw unreachable;
  // It takes the same tasks as the worker of an `up`, so it must know the same accounts and keys.
  const shared = up === null || flags.config !== undefined ? config : lazy.config().loadUpConfig(up, io);
  const { createLog } = lazy.worker();
  const { runWorkerProcess } = lazy.workerProcess();
  await runWorkerProcess({
    target,
    config: shared,
    env: io.env,
    log: createLog(process.stderr),
    // A service that is started during an outage waits for Temporal.
    connectWithinMs: Number.POSITIVE_INFINITY,
    ...defined({ hostIdFlag: options.hostId, healthAddress: options.health, metricsAddress: options.metrics }),
    onReady(host) {
      const { address, namespace } = target;
      output.document({
        type: 'ready',
        v: 1,
        ready: true,
        host,
        temporalAddress: address,
        namespace,
        pid: process.pid,
      });
      output.answer(`Worker for host ${host} at ${address}, namespace ${namespace}. Ctrl-C drains it.`);
    },
  });
  return EXIT.done;
}
