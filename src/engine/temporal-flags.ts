import { EMBEDDED_NAMESPACE, SEARCH_ATTRIBUTES } from '../workflows/contract';
import { LOOPBACK } from './ports';

/**
 * Poll limits of the server's queues. They default to 20 a second for each history shard and the development server has
 * one shard: after a short burst every hop of a workflow would wait 40 to 50 ms (measured: 555 ms against 137 ms for a
 * workflow of seven empty activities).
 */
const POLL_LIMITS = ['transferProcessor', 'timerProcessor', 'visibilityProcessor'] as const;

export interface TemporalFlags {
  readonly dbFile: string;
  readonly port: number;
  /** null: without the web UI. */
  readonly uiPort: number | null;
}

/** Arguments for `temporal`: loopback only, tuned, with Ferry's namespace and search attributes. */
export function temporalArguments(flags: TemporalFlags): string[] {
  const { dbFile, port, uiPort } = flags;
  const ui =
    uiPort === null ? ['--headless'] : ['--ui-port', String(uiPort), '--ui-ip', LOOPBACK, '--ui-disable-news-fetch'];
  return [
    ...['server', 'start-dev', '--db-filename', dbFile, '--ip', LOOPBACK, '--port', String(port), ...ui],
    ...['--namespace', EMBEDDED_NAMESPACE, '--log-level', 'warn'],
    // WAL and NORMAL survive kill -9 of the server; a loss of power may cost the last commits, never the file.
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...POLL_LIMITS.flatMap((queue) => ['--dynamic-config-value', `history.${queue}MaxPollRPS=1000`]),
    ...Object.values(SEARCH_ATTRIBUTES).flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}
