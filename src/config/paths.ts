import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { Env } from '../lib/env';

function home(env: Env): string {
  return env['HOME'] || homedir();
}

/** Of the XDG rules: a variable that is empty or relative is not used. */
function xdg(env: Env, name: string, fallback: string): string {
  const value = env[name];
  return join(value !== undefined && isAbsolute(value) ? value : join(home(env), fallback), 'ferry');
}

/** State of the default `ferry up`: `$XDG_STATE_HOME/ferry`, else `~/.local/state/ferry`. */
export function defaultStateDir(env: Env): string {
  return xdg(env, 'XDG_STATE_HOME', '.local/state');
}

/** Where the Temporal server program is kept: `$XDG_CACHE_HOME/ferry`, else `~/.cache/ferry`. */
export function defaultCacheDir(env: Env): string {
  return xdg(env, 'XDG_CACHE_HOME', '.cache');
}

/** The user's own configuration: `$XDG_CONFIG_HOME/ferry/ferry.toml`, else `~/.config/ferry/ferry.toml`. */
export function userConfigPath(env: Env): string {
  return join(xdg(env, 'XDG_CONFIG_HOME', '.config'), 'ferry.toml');
}

/** A path as it stands in a file: relative to the file's directory, or to the home directory after `~/`. */
export function pathFrom(directory: string, path: string, env: Env): string {
  if (path === '~' || path.startsWith('~/')) return join(home(env), path.slice(1));
  return resolve(directory, path);
}
