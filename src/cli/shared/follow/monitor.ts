import type { FerryClient } from '../../../client/types';
import { toFerryError } from '../../../errors';
import type { Reporter } from './reporter';

export interface MonitorOptions {
  readonly client: Pick<FerryClient, 'hasWorker'>;
  readonly reporter: Pick<Reporter, 'notice'>;
  /** The hosts of what is followed and not finished. */
  readonly hosts: () => readonly string[];
  /** What waits while a host has no worker, and what to do when the host has a new name. */
  readonly words: { readonly what: string; readonly moved: string };
}

export const TRANSFER_WORDS = {
  what: 'transfers wait and go on by themselves',
  moved: 'ferry retry ID --host NEW',
} as const;

const FIRST_CHECK_MS = 1500;
const NEXT_CHECK_MS = 4000;

/**
 * Reports within 10 s why nothing moves: there is no worker on their host, or no Temporal. What is followed waits
 * and goes on by itself. Returns the function that stops the monitor.
 */
export function startMonitor(options: MonitorOptions): () => void {
  let stopped = false;
  let said: string | null = null;
  let timer: NodeJS.Timeout;
  const check = async (): Promise<void> => {
    const found = await obstacle(options);
    if (stopped) return;
    if (found !== said) options.reporter.notice(found);
    said = found;
    timer = setTimeout(() => void check(), NEXT_CHECK_MS);
  };
  timer = setTimeout(() => void check(), FIRST_CHECK_MS);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

async function obstacle({ client, hosts, words }: MonitorOptions): Promise<string | null> {
  try {
    for (const host of new Set(hosts())) {
      if (!(await client.hasWorker(host))) {
        return `No worker serves host ${host}: ${words.what}. Start one there: ferry worker. If that host has a new name: ${words.moved}`;
      }
    }
    return null;
  } catch (error) {
    const { code, message, remedy } = toFerryError(error);
    if (code !== 'TEMPORAL_UNREACHABLE') return null;
    return `${message} ${remedy}`;
  }
}
