import type { Env } from './env';

/** The variables that every program needs for its files and its language. None of them is a secret. */
const PLAIN = /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|XDG_\w+)$/i;

/** The variables that a program needs to reach the internet like this process. */
export const NETWORK = /^(?:https?_proxy|no_proxy|all_proxy|SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS)$/i;

/**
 * The environment of a program that Ferry starts: only what is on the list. The environment of Ferry itself may hold
 * passwords and keys, which other programs must not get.
 *
 * @param more patterns of further names, or names, that this program needs
 */
export function childEnv(env: Env, ...more: readonly (RegExp | string)[]): NodeJS.ProcessEnv {
  const wanted = (name: string): boolean =>
    PLAIN.test(name) || more.some((one) => (typeof one === 'string' ? one === name : one.test(name)));
  return Object.fromEntries(Object.entries(env).filter(([name]) => wanted(name)));
}
