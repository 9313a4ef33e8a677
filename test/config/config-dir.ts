import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { trustConfig } from '../../src/config';
import { isFerryError, type FerryError } from '../../src/errors';
import type { UpFile } from '../../src/config/types';

export interface ConfigDir {
  readonly dir: string;
  /** Writes a file, its directories too, and gives its path. */
  put(name: string, content: string | Buffer, mode?: number): string;
  /** An environment with nothing in it but a home directory of its own. */
  readonly env: Record<string, string>;
  remove(): void;
}

export function configDir(): ConfigDir {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'ferry-config-')));
  const env = { HOME: join(dir, 'home') };
  return {
    dir,
    put: (name, content, mode = 0o644) => {
      const path = join(dir, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content, { mode });
      // As `ferry trust` does it, in the place where commands of these tests are typed.
      if (path === join(dir, 'ferry.toml')) trustConfig(path, content.toString(), env);
      return path;
    },
    env,
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export function thrownBy(work: () => unknown): FerryError {
  let value: unknown;
  try {
    value = work();
  } catch (error) {
    if (isFerryError(error)) return error;
    throw error;
  }
  throw new Error(`no error but ${JSON.stringify(value)}`);
}

export async function rejectedBy(work: Promise<unknown>): Promise<FerryError> {
  const [result] = await Promise.allSettled([work]);
  return thrownBy(() => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** What a running `up` says of itself. */
export function upFile(stateDir: string, changes: Partial<UpFile> = {}): UpFile {
  return {
    type: 'ready',
    v: 1,
    ready: true,
    temporalAddress: '127.0.0.1:7233',
    namespace: 'ferry',
    uiUrl: 'http://127.0.0.1:8233',
    sandboxUrl: 'http://127.0.0.1:9480',
    stateDir,
    pids: { temporal: 1, sandbox: 2, worker: 3 },
    up: { pid: 4, startTime: '1' },
    startTimes: { temporal: '1', sandbox: '1', worker: '1' },
    files: { types: ['JPG', 'PDF'], maxBytes: 1_000_000_000 },
    hostId: 'up-host',
    ...changes,
  };
}
