/** Temporal, sandbox and worker of the demo, in a directory of their own, which is removed afterwards. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FerryClient } from '../../client/types';
import type { Env } from '../../lib/env';
import type { UpHandle } from '../../supervisor/types';
import type { CommandEnvironment } from '../shared/command';
import { lazy } from '../shared/lazy';
import { createDownloadLine } from '../up/download-line';

export interface Stage {
  readonly up: UpHandle;
  readonly client: FerryClient;
  /** For the demo's own files. */
  readonly dir: string;
  readonly sandboxUrl: string;
  readonly host: string;
  close(): Promise<void>;
}

/** Long enough to use a link at once, short enough to expire on a slow line. */
export const URL_LIFE_SECONDS = 2;
const MAX_BYTES = 50_000_000;

/** The machine's configuration must not reach the demo, except the path of the Temporal program. */
export function bareEnvironment(env: Env): Env {
  const kept = Object.entries(env).filter(([name]) => name === 'TEMPORAL_CLI_PATH' || !/^(TEMPORAL|FERRY)_/.test(name));
  return Object.fromEntries(kept);
}

export async function openStage({ io, output }: CommandEnvironment, onNotice: (text: string) => void): Promise<Stage> {
  const root = mkdtempSync(join(tmpdir(), 'ferry-demo-'));
  const env = bareEnvironment(io.env);
  const remove = (): void => rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  const download = createDownloadLine(io, output);
  let up: UpHandle | null = null;
  try {
    up = await lazy
      .supervisor()
      .runUp({
        stateDir: join(root, 'state'),
        cacheDir: lazy.config().defaultCacheDir(env, root),
        ports: { temporal: 0, ui: 0, sandbox: 0 },
        sandboxSettings: { urlLifeSeconds: URL_LIFE_SECONDS, maxBytes: MAX_BYTES },
        handleSignals: false,
        signal: io.interrupted,
        env,
        onNotice,
        onProgress: download.progress,
      })
      .finally(download.close);
    return await playOn(up, root, env, remove);
  } catch (error) {
    await up?.stop();
    remove();
    throw error;
  }
}

async function playOn(up: UpHandle, root: string, env: Env, remove: () => void): Promise<Stage> {
  // `close` ends `up` as well; nothing else waits for its end.
  up.ended.catch(() => {});
  const { sandboxUrl, hostId, stateDir } = up.current();
  const located = await lazy.config().locateTemporal({ state: stateDir, hostId, env });
  const client = await lazy.client().connectFerry(located);
  const dir = join(root, 'files');
  mkdirSync(dir);
  return {
    up,
    client,
    dir,
    sandboxUrl: sandboxUrl ?? '',
    host: hostId,
    async close() {
      await client.close();
      await up.stop();
      remove();
    },
  };
}
