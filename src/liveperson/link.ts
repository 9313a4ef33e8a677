import { FerryError } from '../errors';
import type { Connection } from './connection';
import type { ResolvedOptions } from './options';

/**
 * Longest pause between two connection attempts of one consumer in one process. Retries have longer pauses of their
 * own.
 */
const LONGEST_HOLD_MS = 5_000;
const SHORTEST_HOLD_MS = 250;

export interface Link {
  /** The open connection. Connects when there is none; callers at the same time share the attempt. */
  connection(): Promise<Connection>;
  /** Runs `work`; the connection does not count as idle meanwhile. */
  using<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

/**
 * A connection that is made when needed, kept while used, and closed when idle. After a failed attempt, callers get an
 * error at once for a jittered, growing time, so that hundreds of waiting transfers do not overload a service that is
 * down.
 */
export function createLink(
  open: () => Promise<Connection>,
  options: ResolvedOptions,
  on: { readonly busy: () => void; readonly idle: () => void },
): Link {
  let current: Connection | null = null;
  let opening: Promise<Connection> | null = null;
  let users = 0;
  let idle: NodeJS.Timeout | undefined;
  let failures = 0;
  let earlyDeaths = 0;
  let hold: { readonly until: number; readonly error: FerryError } | null = null;
  /** Counts closes: a connection that opens after its link was closed is closed too. */
  let era = 0;

  async function connect(): Promise<Connection> {
    const mine = era;
    try {
      const connection = await open();
      if (mine !== era) {
        connection.close();
        throw new FerryError('MESSAGING_UNAVAILABLE', 'The connection was closed while it was being made.');
      }
      failures = 0;
      current = connection;
      connection.onClosed((error) => {
        if (current === connection) current = null;
        earlyDeaths = connection.isProven() ? 0 : earlyDeaths + 1;
        // One early loss may be chance, so the next attempt follows at once. A service that keeps closing new
        // connections is down.
        if (earlyDeaths > 1 && mine === era) hold = holdAfter(error, earlyDeaths);
      });
      return connection;
    } catch (error) {
      if (error instanceof FerryError && mine === era) hold = holdAfter(error, ++failures);
      throw error;
    } finally {
      if (mine === era) opening = null;
    }
  }

  function close(): void {
    era++;
    clearTimeout(idle);
    opening = null;
    current?.close();
    current = null;
  }

  return {
    connection() {
      if (current?.isOpen()) return Promise.resolve(current);
      if (opening !== null) return opening;
      if (hold !== null && hold.until > performance.now()) return Promise.reject(heldBack(hold.error, hold.until));
      hold = null;
      opening = connect();
      opening.catch(() => undefined);
      return opening;
    },
    async using(work) {
      if (users++ === 0) on.busy();
      clearTimeout(idle);
      try {
        return await work();
      } finally {
        users--;
        if (users === 0) {
          idle = setTimeout(() => {
            close();
            on.idle();
          }, options.idleCloseMs).unref();
        }
      }
    },
    close,
  };
}

/** Only an outage delays attempts. A refused token or host is an answer for the caller. */
function holdAfter(error: FerryError, failures: number): { readonly until: number; readonly error: FerryError } | null {
  if (error.row.service !== 'away') return null;
  const ceiling = Math.min(LONGEST_HOLD_MS, SHORTEST_HOLD_MS * 2 ** Math.min(failures, 10));
  const pauseMs = Math.max(SHORTEST_HOLD_MS, Math.random() * ceiling, error.retryAfterMs ?? 0);
  return { until: performance.now() + pauseMs, error };
}

function heldBack(error: FerryError, until: number): FerryError {
  return new FerryError(error.code, error.message, {
    retryAfterMs: Math.ceil(until - performance.now()),
    details: { ...error.details, heldBack: true },
  });
}
