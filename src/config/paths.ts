import { homedir, userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { FerryError } from '../errors';
import type { Env } from '../lib/env';

/**
 * Null for a user without HOME and without an entry in the system's list of users, as in some containers. An empty HOME
 * counts as none. A relative HOME is not used: each working directory would have its own state, so a second directory
 * would send files again.
 */
function homeOrNull(env: Env): string | null {
  const named = env['HOME'] ?? '';
  if (named !== '') return isAbsolute(named) ? named : null;
  try {
    // homedir() answers an empty HOME with an empty path.
    const found = homedir();
    return found === '' ? userInfo().homedir : found;
  } catch {
    return null;
  }
}

function home(env: Env): string {
  const found = homeOrNull(env);
  if (found !== null) return found;
  const named = env['HOME'] ?? '';
  const why = named === '' ? 'HOME is not set' : `HOME is ${JSON.stringify(named)}, which is not an absolute path`;
  throw new FerryError('NOT_CONFIGURED', `This user has no home directory: ${why}.`, {
    remedy: 'Set HOME, or name the places: --state DIR (or FERRY_STATE), --config FILE (or FERRY_CONFIG).',
  });
}

/** By the XDG rules, a variable that is empty or relative is ignored. */
function xdg(env: Env, name: string, fallback: string): string {
  const value = env[name];
  return join(value !== undefined && isAbsolute(value) ? value : join(home(env), fallback), 'ferry');
}

/** State of the default `ferry up`: `$XDG_STATE_HOME/ferry`, else `~/.local/state/ferry`. */
export function defaultStateDir(env: Env): string {
  return xdg(env, 'XDG_STATE_HOME', '.local/state');
}

/** False for every directory when there is no home directory, because then there is no default. */
export function isDefaultStateDir(stateDir: string, env: Env): boolean {
  const isNamed = isAbsolute(env['XDG_STATE_HOME'] ?? '');
  return (isNamed || homeOrNull(env) !== null) && stateDir === defaultStateDir(env);
}

/**
 * The directory of the Temporal server program: `$XDG_CACHE_HOME/ferry`, else `~/.cache/ferry`, else the state
 * directory.
 */
export function defaultCacheDir(env: Env, stateDir: string): string {
  const isNamed = isAbsolute(env['XDG_CACHE_HOME'] ?? '');
  return isNamed || homeOrNull(env) !== null ? xdg(env, 'XDG_CACHE_HOME', '.cache') : join(stateDir, 'cache');
}

/**
 * The user's own configuration: `$XDG_CONFIG_HOME/ferry/ferry.toml`, else `~/.config/ferry/ferry.toml`; null for a user
 * without a home directory.
 */
export function userConfigPath(env: Env): string | null {
  const isNamed = isAbsolute(env['XDG_CONFIG_HOME'] ?? '');
  if (!isNamed && homeOrNull(env) === null) return null;
  return join(xdg(env, 'XDG_CONFIG_HOME', '.config'), 'ferry.toml');
}

/** Resolves a path that stands in a file: from the file's directory, or after `~/` from the home directory. */
export function pathFrom(directory: string, path: string, env: Env): string {
  if (path === '~' || path.startsWith('~/')) return join(home(env), path.slice(1));
  return resolve(directory, path);
}
