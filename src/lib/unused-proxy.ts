import type { Env } from './env';

const NAMES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];

/** The variable that names a proxy, which Ferry does not use; null when none is set. Its value may hold a password. */
export function unusedProxy(env: Env): string | null {
  return NAMES.find((name) => (env[name] ?? '') !== '') ?? null;
}

/** The end of a sentence that begins with the variable's name. */
export const PROXY_NOT_USED = 'is set, but Ferry uses no proxy: it connects to LivePerson and storage directly';
