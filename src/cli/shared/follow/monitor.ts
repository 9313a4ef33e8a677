import type { FerryClient } from '../../../client/types';
import { toFerryError } from '../../../errors';
import type { Reporter } from './reporter';
import type { Tracked } from './tracked';

export interface MonitorOptions {
  readonly client: Pick<FerryClient, 'hasWorker'>;
  readonly reporter: Pick<Reporter, 'notice'>;
  readonly unfinished: () => readonly Tracked[];
}

const FIRST_CHECK_MS = 1500;
const NEXT_CHECK_MS = 4000;

/**
 * Reports within 10 s why no transfer moves: there is no worker on their host, or no Temporal. The transfers wait and
 * go on by themselves. Returns the function that stops the monitor.
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

async function obstacle({ client, unfinished }: MonitorOptions): Promise<string | null> {
  const hosts = [...new Set(unfinished().map(({ item }) => item.host))];
  try {
    for (const host of hosts) {
      if (!(await client.hasWorker(host))) {
        return `No worker serves host ${host}: transfers wait and go on by themselves. Start one there: ferry worker. If that host has a new name: ferry retry ID --host NEW`;
      }
    }
    return null;
  } catch (error) {
    const { code, message, remedy } = toFerryError(error);
    if (code !== 'TEMPORAL_UNREACHABLE') return null;
    return `${message} ${remedy}`;
  }
}
