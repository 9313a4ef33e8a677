import type { Env } from './env';

/** What any program needs to find its files and to speak the person's language. None of these is a secret. */
const PLAIN = /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|XDG_\w+)$/i;

/** What a program needs to reach the internet from where this one does. */
export const NETWORK = /^(?:https?_proxy|no_proxy|all_proxy|SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS)$/i;

/**
 * The environment of a program that Ferry starts: only what is on the list. Passwords and keys stand in the environment
 * of Ferry itself, and are nobody else's business.
 *
 * @param more patterns of further names, or names, that this program needs
 */
export function childEnv(env: Env, ...more: readonly (RegExp | string)[]): NodeJS.ProcessEnv {
  const wanted = (name: string): boolean =>
    PLAIN.test(name) || more.some((one) => (typeof one === 'string' ? one === name : one.test(name)));
  return Object.fromEntries(Object.entries(env).filter(([name]) => wanted(name)));
}
