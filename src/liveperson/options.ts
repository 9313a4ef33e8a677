export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn';
  /** A full sentence without secrets. */
  readonly message: string;
  /** Ids, hosts, codes, durations; never a token, a password or a signed query. */
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

export interface LivePersonOptions {
  /** Gets log entries about the wire, without secrets. A throw is ignored. @default none */
  readonly log?: (entry: LogEntry) => void;
  /** Time limit for a TCP or TLS connection, and for a socket's upgrade. @default 10000 */
  readonly connectTimeoutMs?: number;
  /** Time limit for the whole answer of a plain HTTP request. @default 30000 */
  readonly answerTimeoutMs?: number;
  /** Time limit for an answer on the socket, unless the caller gives a timeout. @default 10000 */
  readonly requestTimeoutMs?: number;
  /** GetClock and ping this often; LivePerson advises 30 s and closes idle sockets after 60 s. @default 30000 */
  readonly heartbeatMs?: number;
  /** A socket without any byte for this long after a heartbeat is dead. @default 10000 */
  readonly heartbeatGraceMs?: number;
  /** A shared socket is closed after this time without use. @default 30000 */
  readonly idleCloseMs?: number;
  /**
   * A session of an administrator that is used after this long is refreshed first (LivePerson: every 3 to 5 minutes).
   * @default 240000
   */
  readonly sessionRefreshMs?: number;
  /**
   * How the token is presented. `header`: `Authorization: jwt ...` on the upgrade, the documented way for programs that
   * can set headers. `init-connection`: an InitConnection request on a bare socket, for a proxy that strips the header.
   * After a refusal Ferry does not try the other way: a 401 means that the token is bad.
   * @default 'header'
   */
  readonly socketAuthentication?: 'header' | 'init-connection';
}

export interface ResolvedOptions extends Required<Omit<LivePersonOptions, 'log'>> {
  readonly log: (level: LogEntry['level'], message: string, fields?: LogEntry['fields']) => void;
}

const DEFAULTS: Omit<ResolvedOptions, 'log'> = {
  connectTimeoutMs: 10_000,
  answerTimeoutMs: 30_000,
  requestTimeoutMs: 10_000,
  heartbeatMs: 30_000,
  heartbeatGraceMs: 10_000,
  idleCloseMs: 30_000,
  sessionRefreshMs: 240_000,
  socketAuthentication: 'header',
};

export function resolveOptions({ log, ...options }: LivePersonOptions): ResolvedOptions {
  return {
    ...DEFAULTS,
    ...options,
    log: (level, message, fields = {}) => {
      try {
        log?.({ level, message, fields });
      } catch {
        // An error of the logger must not fail a transfer.
      }
    },
  };
}
