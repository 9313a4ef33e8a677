/** Takes the place of every token in a path. */
const REDACTED = '***';

/** A token follows these: the brand socket's bearer and the old path form of the consumer socket. */
const TOKEN_FOLLOWS = /(\/messaging\/(?:brand|consumer)\/)(?!conversation(?:\/|$))[^/]+/gi;

/** Three base64url parts: a JWT, wherever it stands. */
const JWT = /[\w-]{4,}\.[\w-]{4,}\.[\w-]{8,}/g;

/** A path fit for the request journal: without query, without tokens. */
export function redactPath(target: string): string {
  const query = target.search(/[?#]/);
  const path = query === -1 ? target : target.slice(0, query);
  const withoutBearer = path.replace(TOKEN_FOLLOWS, `$1${REDACTED}`);
  // Object names are not secrets, and one with two dots in it must stay readable.
  return withoutBearer.startsWith('/v1/') ? withoutBearer : withoutBearer.replace(JWT, REDACTED);
}
