import { EMBEDDED_NAMESPACE, SEARCH_ATTRIBUTES } from '../contract';
import { LOOPBACK } from '../lib/loopback';

export interface TemporalFlags {
  readonly dbFile: string;
  readonly port: number;
  /** null: without the web UI. */
  readonly uiPort: number | null;
  /** Where the web UI has sealed values decoded; null: nowhere. */
  readonly codecUrl?: string | null;
}

/** WAL and NORMAL survive kill -9 of the server. A power loss can lose the last commits, but not damage the file. */
const DATABASE_SETTINGS = ['journal_mode=WAL', 'synchronous=NORMAL'];

/**
 * Poll limits of the server's queues. The default is 20 a second for each history shard, and the development server has
 * one shard. After a short burst every hop of a workflow would wait 40 to 50 ms (measured: 555 ms instead of 137 ms for
 * a workflow of seven empty activities).
 */
const POLL_LIMITS = ['transferProcessor', 'timerProcessor', 'visibilityProcessor'].map(
  (queue) => `history.${queue}MaxPollRPS=1000`,
);

/**
 * Settings without which a draining worker loses tasks that are on their way to it. The server ends the polls of the
 * worker, so that no poll is cut off while it is being answered. With one partition no poll is forwarded between
 * partitions, where the same loss could occur. One partition carries thousands of tasks a second.
 */
const DRAINING = [
  'frontend.enableCancelWorkerPollsOnShutdown=true',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
];

/**
 * Nobody may use the HTTP API: a page in a browser can send a simple request there, from whatever site it is. The server
 * cannot leave the API out, but it refuses every host that is not on this list; `.invalid` is never a host.
 */
const NO_HTTP_API = 'frontend.httpAllowedHosts=["ferry.invalid"]';

/** Arguments for `temporal`: loopback only, tuned, with Ferry's namespace and search attributes. */
export function temporalArguments({ dbFile, port, uiPort, codecUrl = null }: TemporalFlags): string[] {
  const args = [
    'server',
    'start-dev',
    '--log-level',
    'warn',
    '--db-filename',
    dbFile,
    '--namespace',
    EMBEDDED_NAMESPACE,
  ];
  args.push('--ip', LOOPBACK, '--port', String(port));
  if (uiPort === null) args.push('--headless');
  else args.push('--ui-ip', LOOPBACK, '--ui-port', String(uiPort), '--ui-disable-news-fetch');
  if (codecUrl !== null) args.push('--ui-codec-endpoint', codecUrl);
  for (const setting of DATABASE_SETTINGS) args.push('--sqlite-pragma', setting);
  for (const setting of [...POLL_LIMITS, ...DRAINING, NO_HTTP_API]) args.push('--dynamic-config-value', setting);
  for (const name of Object.values(SEARCH_ATTRIBUTES)) args.push('--search-attribute', `${name}=Keyword`);
  return args;
}
