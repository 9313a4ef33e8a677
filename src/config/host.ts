import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { FerryError } from '../errors';
import type { Env } from '../lib/env';
import type { TemporalTarget } from './types';
import { readUpFile } from './up-file';

export interface HostIdOptions {
  /** `--host-id` */
  readonly flag?: string | undefined;
  readonly env: Env;
  readonly target: TemporalTarget;
}

const HOST_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/**
 * The id of this host, which names its task queues: `--host-id`, else FERRY_HOST_ID, else the id of the running `up`,
 * else the host name. USAGE when the given id cannot name a queue.
 */
export function hostId({ flag, env, target }: HostIdOptions): string {
  const given = flag ?? (env['FERRY_HOST_ID'] || undefined);
  if (given !== undefined) {
    if (HOST_ID.test(given)) return given;
    const message = `${JSON.stringify(given)} is not a host id: a host id has at most 100 letters, digits, ".", "_" and "-".`;
    throw new FerryError('USAGE', message);
  }
  const own = target.stateDir === null ? null : hostIdOfUp(target.stateDir);
  return own ?? (hostname().replace(/[^A-Za-z0-9._-]+/g, '-') || 'host');
}

/** The id that the running `up` uses. It can differ from the id in the state directory. */
function hostIdOfUp(stateDir: string): string | null {
  for (const read of [idInUpFile, idInFile]) {
    try {
      const id = read(stateDir);
      if (HOST_ID.test(id)) return id;
    } catch {
      continue;
    }
  }
  return null;
}

function idInUpFile(stateDir: string): string {
  return readUpFile(stateDir)?.hostId ?? '';
}

function idInFile(stateDir: string): string {
  return readFileSync(join(stateDir, 'host-id'), 'utf8').trim();
}
