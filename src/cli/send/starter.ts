import { setTimeout as pause } from 'node:timers/promises';
import type { StartedTransfer, TransferRequest } from '../../client/types';
import { isFerryError } from '../../errors';
import type { Sending } from './types';

const PAUSE_MS = 1000;

/**
 * Starts transfers, and waits for a Temporal that was there and is away for a moment (a restart, a server with too much
 * to do): thousands of files must not stop at one late answer. Starting twice is starting once, so trying again is safe.
 */
export function createStarter(
  { client, environment, plan, patienceMs }: Pick<Sending, 'client' | 'environment' | 'plan' | 'patienceMs'>,
  signal: AbortSignal,
): (request: TransferRequest) => Promise<StartedTransfer> {
  const { io } = environment;
  let heardAtMs = io.now();

  return async (request) => {
    for (let tries = 1; ; tries += 1) {
      try {
        const started = await client.start(request);
        heardAtMs = io.now();
        // The answer of the first try may have been lost: what it started is ours, and no repetition.
        const ours = tries > 1 && started.repeated && (await startedSince(started.transferId));
        return ours ? { ...started, repeated: false } : started;
      } catch (error) {
        const away = isFerryError(error) && error.code === 'TEMPORAL_UNREACHABLE';
        if (!away || signal.aborted || io.now() - heardAtMs > patienceMs) throw error;
      }
      await pause(Math.min(PAUSE_MS, patienceMs), undefined, { signal });
    }
  };

  async function startedSince(transferId: string): Promise<boolean> {
    const { startedAt } = await client.status(transferId);
    return Date.parse(startedAt) >= plan.startedMs;
  }
}
