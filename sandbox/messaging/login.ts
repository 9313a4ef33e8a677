import { randomBytes } from 'node:crypto';
import type { HttpAnswer, HttpRequest, HttpRoute, MessagingDeps } from '../types';
import { baseUris } from './discovery';
import type { AdminSession } from './entries';
import { json, jsonBody, refusal, route } from './http';
import { isObject, isText, objectOr, type JsonObject } from './json';
import type { Ledger } from './ledger';
import { SANDBOX_API_KEY, SANDBOX_OAUTH2_CLIENT, SANDBOX_USERS, type SandboxUser } from './users';

/** `sessionTTl` of the documented answer: eight hours. */
const SESSION_LIFE_MS = 28_800_000;
const COOKIE = 'Session_id';

/** Login, refresh and logout of administrators (service `agentVep`). */
export function loginRoutes(deps: MessagingDeps, ledger: Ledger): readonly HttpRoute[] {
  return [
    route('login', 'POST', /^\/api\/account\/(?<account>[^/]+)\/login$/, (request, { account }) =>
      login(deps, ledger, request, account),
    ),
    route('login', 'POST', /^\/api\/account\/(?<account>[^/]+)\/refresh$/, async (request, { account }) => {
      const session = account === deps.accountId ? sessionOf(ledger, request) : null;
      if (!session) return refusal(401, 'The session or its csrf is not valid.');
      await ledger.commit({ what: 'session', session: { ...session, expiresAtMs: Date.now() + SESSION_LIFE_MS } });
      return { status: 200 };
    }),
    route('login', 'POST', /^\/api\/account\/(?<account>[^/]+)\/logout$/, async (request, { account }) => {
      const session = account === deps.accountId ? sessionOf(ledger, request) : null;
      if (!session) return refusal(401, 'The session or its csrf is not valid.');
      await ledger.commit({ what: 'session-ended', bearer: session.bearer });
      return { status: 200 };
    }),
  ];
}

/** The user whose bearer the request carries; null when there is none or its session has ended. */
export function bearerOf(ledger: Ledger, request: HttpRequest): SandboxUser | null {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return bearer === undefined ? null : userOfBearer(ledger, bearer);
}

export function userOfBearer(ledger: Ledger, bearer: string): SandboxUser | null {
  const session = ledger.state.sessions.get(bearer);
  if (!session || session.expiresAtMs <= Date.now()) return null;
  return SANDBOX_USERS.find((user) => user.username === session.username) ?? null;
}

async function login(
  deps: MessagingDeps,
  ledger: Ledger,
  request: HttpRequest,
  account: string | undefined,
): Promise<HttpAnswer> {
  const body = jsonBody(request);
  if (!['1.1', '1.2', '1.3'].includes(request.query.get('v') ?? '')) {
    return refusal(400, 'The query parameter v must be 1.1, 1.2 or 1.3.');
  }
  if (!isObject(body)) return refusal(400, 'The body is not a JSON object.');
  const user = account === deps.accountId ? userOf(body) : undefined;
  if (!user) return refusal(401, 'The site is unknown, or the user or its credentials are wrong.');

  const session: AdminSession = {
    username: user.username,
    bearer: randomBytes(32).toString('hex'),
    csrf: randomBytes(32).toString('hex'),
    cookie: randomBytes(16).toString('hex'),
    expiresAtMs: Date.now() + SESSION_LIFE_MS,
  };
  await ledger.commit({ what: 'session', session });
  return json(200, loginAnswer(deps, user, session), {
    'Set-Cookie': `${COOKIE}=${session.cookie}; Path=/; HttpOnly`,
  });
}

function loginAnswer(deps: MessagingDeps, user: SandboxUser, session: AdminSession): JsonObject {
  return {
    csrf: session.csrf,
    wsuk: '1',
    config: {
      loginName: user.username,
      userId: user.userId,
      userPid: user.userPid,
      isLPA: false,
      isAdmin: user.isAdmin,
      userPrivileges: user.isAdmin ? [100] : [],
      serverCurrentTime: Date.now(),
    },
    csdsCollectionResponse: { baseURIs: baseUris(deps) },
    accountData: {},
    sessionTTl: String(SESSION_LIFE_MS),
    bearer: session.bearer,
  };
}

function userOf(body: JsonObject): SandboxUser | undefined {
  const hasKey = holds(body, SANDBOX_API_KEY) || (holds(body, SANDBOX_OAUTH2_CLIENT) && hasPlaceholders(body));
  const user = SANDBOX_USERS.find(({ username }) => username === body['username']);
  return hasKey || body['password'] === user?.password ? user : undefined;
}

function holds(body: JsonObject, key: Readonly<Record<string, string>>): boolean {
  return Object.entries(key).every(([name, value]) => body[name] === value);
}

function hasPlaceholders({ accessToken, accessTokenSecret }: JsonObject): boolean {
  return isText(accessToken) && isText(accessTokenSecret);
}

/** The cookie must accompany refresh and logout, and its csrf the body. */
function sessionOf(ledger: Ledger, request: HttpRequest): AdminSession | null {
  const cookie = new RegExp(`(?:^|;)\\s*${COOKIE}=([0-9a-f]+)`).exec(request.headers.cookie ?? '')?.[1];
  const { csrf } = objectOr(jsonBody(request));
  const session = [...ledger.state.sessions.values()].find((one) => one.cookie === cookie && one.csrf === csrf);
  return session && session.expiresAtMs > Date.now() ? session : null;
}
