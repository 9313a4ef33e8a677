import { createHash } from 'node:crypto';
import { FerryError } from '../errors';
import { SharedCalls } from '../lib/shared-call';
import type { Discovery } from './discovery';
import { isSuccess, oddAnswer, refusedForGood, saidBy, type Http, type HttpAnswer } from './http';
import type { ResolvedOptions } from './options';
import { loginAnswer } from './schemas';
import { addressKey } from './trust';
import type { AccountAddress, AdminCredentials } from './types';

/** LivePerson: after a 429 wait at least 5 s before the next login. */
const LOGIN_THROTTLE_MS = 5_000;
/** The `sessionTTl` of the login page (8 h), for an answer without one. */
const DEFAULT_TTL_MS = 28_800_000;

export interface AdminSession {
  /** A secret: never log. */
  readonly bearer: string;
}

interface Kept extends AdminSession {
  readonly csrf: string | undefined;
  readonly cookie: string;
  readonly until: number;
  refreshedAt: number;
}

/** After a refusal no login is tried until then, so that a wrong password does not lock the user out. */
interface Hold {
  until: number;
  refusals: number;
  error: FerryError | null;
}

export interface Login {
  /**
   * The account's session. Callers at the same time share one login; the session is kept until it is refused or
   * expires.
   */
  session(account: AccountAddress, credentials: AdminCredentials, signal?: AbortSignal): Promise<AdminSession>;
  /** Drops this session after a service refused it. Does nothing when a newer session is kept. */
  forget(account: AccountAddress, credentials: AdminCredentials, session: AdminSession): void;
}

export function createLogin(http: Http, discovery: Discovery, options: ResolvedOptions): Login {
  const kept = new Map<string, Kept>();
  const holds = new Map<string, Hold>();
  const running = new SharedCalls<Kept>();

  async function login(account: AccountAddress, credentials: AdminCredentials, key: string): Promise<Kept> {
    const hold = holds.get(key);
    if (hold?.error && hold.until > performance.now()) {
      throw withPause(hold.error, hold.until - performance.now());
    }
    const origin = await discovery.serviceUrl(account, 'agentVep');
    const what = `The login of account ${account.accountId}`;
    try {
      const answer = await http.call({
        method: 'POST',
        url: `${accountUrl(origin, account)}/login?v=1.3`,
        json: loginBody(credentials),
        ca: account.ca,
        gate: account.gate,
        what,
        throttlePauseMs: LOGIN_THROTTLE_MS,
      });
      const session = readLogin(what, credentials, answer);
      holds.delete(key);
      kept.set(key, session);
      options.log('info', 'Logged in as administrator.', { accountId: account.accountId });
      return session;
    } catch (error) {
      holds.set(key, holdAfter(error, holds.get(key)));
      throw error;
    }
  }

  /** Anything but success means: log in again. */
  async function refresh(
    account: AccountAddress,
    credentials: AdminCredentials,
    key: string,
    old: Kept,
  ): Promise<Kept> {
    const origin = await discovery.serviceUrl(account, 'agentVep');
    const answer = await http
      .call({
        method: 'POST',
        url: `${accountUrl(origin, account)}/refresh?v=1.3`,
        headers: { cookie: old.cookie },
        json: { csrf: old.csrf },
        ca: account.ca,
        gate: account.gate,
        what: `The refresh of the session of account ${account.accountId}`,
      })
      .catch(() => null);
    if (answer !== null && isSuccess(answer)) {
      old.refreshedAt = performance.now();
      return old;
    }
    kept.delete(key);
    return login(account, credentials, key);
  }

  return {
    async session(account, credentials, signal) {
      signal?.throwIfAborted();
      const key = sessionKey(account, credentials);
      const now = performance.now();
      const session = kept.get(key);
      if (session === undefined || session.until <= now) {
        return running.run(key, () => login(account, credentials, key), signal);
      }
      if (session.csrf === undefined || session.refreshedAt + options.sessionRefreshMs > now) return session;
      return running.run(key, () => refresh(account, credentials, key, session), signal);
    },
    forget(account, credentials, session) {
      const key = sessionKey(account, credentials);
      if (kept.get(key) === session) kept.delete(key);
    },
  };
}

export function accountUrl(origin: string, account: AccountAddress): string {
  return `${origin}/api/account/${encodeURIComponent(account.accountId)}`;
}

/** The key includes the credentials, as a digest, so that a corrected password is tried at once. */
function sessionKey(account: AccountAddress, credentials: AdminCredentials): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(loginBody(credentials)))
    .digest('hex');
  return `${addressKey(account)} ${digest}`;
}

/** The login call of OAuth 2.0 still has the two fields of an access token; the service ignores their values. */
const PLACEHOLDER = 'oauth2';

function loginBody(credentials: AdminCredentials): Record<string, string> {
  const { username } = credentials;
  if (credentials.kind === 'password') return { username, password: credentials.password };
  if (credentials.oauth === 2) {
    const { clientId, clientSecret } = credentials;
    return {
      username,
      appKey: clientId,
      secret: clientSecret,
      accessToken: PLACEHOLDER,
      accessTokenSecret: PLACEHOLDER,
    };
  }
  const { appKey, secret, accessToken, accessTokenSecret } = credentials;
  return { username, appKey, secret, accessToken, accessTokenSecret };
}

function readLogin(what: string, credentials: AdminCredentials, answer: HttpAnswer): Kept {
  if (answer.status === 401 || answer.status === 403) {
    throw new FerryError(
      'CREDENTIALS_REFUSED',
      `${what} refused the user ${credentials.username} (${answer.status}).${saidBy(answer)}`,
      { details: { status: answer.status } },
    );
  }
  if (!isSuccess(answer)) throw refusedForGood(what, answer);
  const parsed = loginAnswer.safeParse(answer.body);
  if (!parsed.success || !/^[\x21-\x7e]+$/.test(parsed.data.bearer)) {
    // An answer of 2xx may hold an error: node-agent-sdk looks for it as well.
    const said = saidBy(answer);
    if (said !== '') throw new FerryError('CREDENTIALS_REFUSED', `${what} gave no session.${said}`);
    throw oddAnswer(what, 'a bearer');
  }
  const ttl = Number(parsed.data.sessionTTl ?? DEFAULT_TTL_MS);
  const now = performance.now();
  return {
    bearer: parsed.data.bearer,
    csrf: parsed.data.csrf,
    cookie: answer.cookies.map((cookie) => cookie.split(';', 1)[0] ?? '').join('; '),
    until: now + (Number.isFinite(ttl) && ttl > 0 ? ttl : DEFAULT_TTL_MS),
    refreshedAt: now,
  };
}

/** Throttled: as long as the service says. Refused once: no pause; after more refusals 4, 8, 16 ... 60 s. */
function holdAfter(error: unknown, before: Hold | undefined): Hold {
  if (!(error instanceof FerryError)) return { until: 0, refusals: 0, error: null };
  if (error.code === 'THROTTLED') {
    return { until: performance.now() + (error.retryAfterMs ?? 0), refusals: before?.refusals ?? 0, error };
  }
  if (error.code !== 'CREDENTIALS_REFUSED') return { until: 0, refusals: before?.refusals ?? 0, error: null };
  const refusals = (before?.refusals ?? 0) + 1;
  const pauseMs = refusals < 2 ? 0 : Math.min(60_000, 1_000 * 2 ** refusals);
  return { until: performance.now() + pauseMs, refusals, error };
}

function withPause(error: FerryError, remainingMs: number): FerryError {
  return new FerryError(error.code, error.message, {
    retryAfterMs: Math.ceil(remainingMs),
    details: { ...error.details, heldBack: true },
  });
}
