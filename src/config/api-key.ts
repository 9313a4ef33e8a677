import { parse } from 'smol-toml';
import { FerryError } from '../errors';
import type { ApiKey } from '../liveperson/types';
import { loadSecretFile } from '../secrets';

const OAUTH1_PARTS = ['appKey', 'secret', 'accessToken', 'accessTokenSecret'] as const;
const OAUTH2_PARTS = ['clientId', 'clientSecret'] as const;

/**
 * The key in an `apiKeyFile`: an OAuth 2.0 client, or an API key of OAuth 1.0, which LivePerson has ended.
 *
 * @param username of the configuration; a `username` in the file must be the same
 * @throws FerryError CONFIG_INVALID, which names what is missing and never quotes the file
 */
export function readApiKey(path: string, username: string): ApiKey {
  const value = parseAny(loadSecretFile(path));
  if (value?.['username'] !== undefined && value['username'] !== username) {
    const message = `The API key file ${path} belongs to another user than login.username of the configuration.`;
    throw new FerryError('CONFIG_INVALID', message, { details: { path, key: 'username' } });
  }
  const part = (name: string): string => partOf(path, value, name);
  if (value !== null && OAUTH2_PARTS.some((name) => name in value)) {
    return { oauth: 2, clientId: part('clientId'), clientSecret: part('clientSecret') };
  }
  return {
    oauth: 1,
    appKey: part('appKey'),
    secret: part('secret'),
    accessToken: part('accessToken'),
    accessTokenSecret: part('accessTokenSecret'),
  };
}

function partOf(path: string, value: Readonly<Record<string, unknown>> | null, name: string): string {
  const text = value?.[name];
  if (typeof text === 'string' && text !== '') return text;
  const message =
    `The API key file ${path} must be JSON or TOML with ${OAUTH2_PARTS.join(' and ')} ` +
    `(or, for an old API key, ${OAUTH1_PARTS.join(', ')}); ${name} is not there.`;
  throw new FerryError('CONFIG_INVALID', message, { details: { path, key: name } });
}

/**
 * Null when the text is neither JSON nor TOML. Errors of the parsers are dropped, because they quote the secret text.
 */
function parseAny(text: string): Record<string, unknown> | null {
  for (const parser of [JSON.parse, parse] as readonly ((text: string) => unknown)[]) {
    try {
      const value = parser(text);
      return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
    } catch {
      continue;
    }
  }
  return null;
}
