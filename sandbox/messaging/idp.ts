import { createHash, randomUUID } from 'node:crypto';
import type { HttpAnswer, HttpRequest, HttpRoute, MessagingDeps } from '../types';
import type { Fact } from './entries';
import { json, jsonBody, jsonp, refusal, route, type PathParts } from './http';
import { isText, objectOr, shownName, type JsonObject } from './json';
import { claimsOf } from './jwt';
import type { Ledger } from './ledger';
import type { TokenAuthority } from './token-authority';

const HOUR = 3600;
/** Sample sign-up tokens are good for 13 years. */
const SIGNUP_LIFE_SECONDS = 13 * 365 * 24 * HOUR;
const ANONYMOUS_LIFE_SECONDS = 600;
const ANONYMOUS_REFRESH_SECONDS = 730 * HOUR;
/** A plain code says nothing of an expiry; undocumented, chosen here. */
const CODE_LIFE_SECONDS = HOUR;

type Via = Extract<Fact, { readonly what: 'consumer' }>['via'];

/** The token service (`idp`). Every token that it gives names its consumer in `sub`. */
export function idpRoutes(deps: MessagingDeps, ledger: Ledger, authority: TokenAuthority): readonly HttpRoute[] {
  const base = String.raw`^/api/account/(?<account>[^/]+)`;
  const at = (rest: string) => new RegExp(`${base}/${rest}$`);

  async function consumerToken(via: Via, subject: string, expiresAt: number, extra: JsonObject = {}): Promise<string> {
    if (!ledger.state.consumers.has(subject)) await ledger.commit({ what: 'consumer', consumerId: subject, via });
    return authority.issue({ subject, expiresAt, kind: 'consumer', extra });
  }

  const signup = () => consumerToken('signup', randomUUID(), now() + SIGNUP_LIFE_SECONDS);

  /** Without a body a new visitor; with an earlier external token the same one, also long after it has expired. */
  async function authorize(request: HttpRequest): Promise<HttpAnswer> {
    const { id_token: earlier } = objectOr(jsonBody(request));
    const old = isText(earlier) ? authority.verify(earlier, 'external') : null;
    const firstSeen = old && old.verdict !== 'bad' ? Number(old.claims['first_seen']) : now();
    if (old?.verdict === 'bad' || firstSeen + ANONYMOUS_REFRESH_SECONDS <= now()) {
      return refusal(401, 'The id_token is not one of this service, or too old to be refreshed.');
    }
    const subject = old ? old.subject : randomUUID();
    const expiresAt = now() + ANONYMOUS_LIFE_SECONDS;
    const extra = { first_seen: firstSeen };
    return json(200, { token: await authority.issue({ subject, expiresAt, kind: 'external', extra }) });
  }

  /** Any connector id is taken. */
  async function connect(request: HttpRequest): Promise<HttpAnswer> {
    const { id_token: external } = objectOr(jsonBody(request));
    if (!isText(external)) return refusal(400, 'The body has no id_token.');
    const known = authority.verify(external, 'external');
    if (known.verdict !== 'good') return refusal(401, 'The id_token is wrong or has expired.');
    return json(200, {
      token: await consumerToken('anonymous', known.subject, known.expiresAt, { 'lp.anonymous': true }),
    });
  }

  async function authenticate(request: HttpRequest): Promise<HttpAnswer> {
    const { authCode } = objectOr(jsonBody(request));
    if (!isText(authCode)) return json(400, { error: 'json_parse_error' });
    const brand = brandIdentity(authCode);
    if (!brand || brand.expiresAt <= now()) return json(400, { error: 'invalid_code' });
    const subject = createHash('sha256').update(`${deps.accountId} ${brand.name}`).digest('hex');
    return json(200, { jwt: await consumerToken('authenticated', subject, brand.expiresAt, brand.extra) });
  }

  const forSite = (handle: (request: HttpRequest) => Promise<HttpAnswer>) => {
    return async (request: HttpRequest, { account }: PathParts) =>
      account === deps.accountId ? handle(request) : refusal(401, `There is no site ${shownName(account)}.`);
  };
  const script = async ({ query }: HttpRequest) => jsonp(query.get('callback'), { jwt: await signup() });
  return [
    route(
      'signup',
      'POST',
      at('signup'),
      forSite(async () => json(200, { jwt: await signup() })),
    ),
    route('signup', 'GET', at(String.raw`signup\.jsonp`), forSite(script)),
    route('signup', 'POST', at('anonymous/authorize'), forSite(authorize)),
    route('signup', 'POST', at('app/[^/]+/authenticate'), forSite(connect)),
    route('signup', 'POST', at('authenticate'), forSite(authenticate)),
  ];
}

interface BrandIdentity {
  readonly name: string;
  readonly expiresAt: number;
  readonly extra: JsonObject;
}

/**
 * Who the brand says it is: the `sub` of its JWT, whose signature the sandbox has no key to check, or a plain code,
 * which stands for itself. null for a JWT without `sub`.
 */
function brandIdentity(authCode: string): BrandIdentity | null {
  const claims = claimsOf(authCode);
  if (!claims) return { name: `code ${authCode}`, expiresAt: now() + CODE_LIFE_SECONDS, extra: {} };
  const { sub, exp } = claims as Record<'sub' | 'exp', unknown>;
  if (!isText(sub)) return null;
  const expiresAt = typeof exp === 'number' ? Math.floor(exp) : now() + CODE_LIFE_SECONDS;
  return { name: `sub ${sub}`, expiresAt, extra: { 'lp.ext': { sub } } };
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
