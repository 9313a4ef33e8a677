/** A Temporal and a `ferry worker` in processes of their own, for tests of what a worker does when either changes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EMBEDDED_NAMESPACE } from '../../src/contract';
import { findOrFetchTemporal, freePort, startTemporal, type RunningTemporal } from '../../src/engine';
import { testCacheDir } from '../support/temporal';

const CLI = join(__dirname, '../../dist/cli/main.js');

export interface WorkerProcess {
  readonly said: { stdout: string; stderr: string };
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
}

export interface Site {
  /** Home and working directory of the workers. */
  readonly directory: string;
  /** Port of Temporal, also while none runs. */
  readonly port: number;
  startServer(): Promise<RunningTemporal>;
  /** Namespace of the embedded server, and a new seal key, unless `env` says otherwise. */
  startWorker(options?: { readonly args?: readonly string[]; readonly env?: NodeJS.ProcessEnv }): WorkerProcess;
  /** Kills what is left and removes the files. */
  end(): Promise<void>;
}

export async function makeSite(): Promise<Site> {
  const directory = await mkdtemp(join(tmpdir(), 'ferry-worker-'));
  const port = await freePort();
  const workers: ChildProcess[] = [];
  let server: RunningTemporal | null = null;
  return {
    directory,
    port,
    async startServer() {
      const { path: binary } = await findOrFetchTemporal({ cacheDir: testCacheDir });
      const files = { dbFile: join(directory, 'temporal.db'), logFile: join(directory, 'temporal.log') };
      server = await startTemporal({ binary, port, uiPort: null, ...files });
      return server;
    },
    startWorker({ args = [], env: more = {} } = {}) {
      const env = {
        PATH: process.env['PATH'],
        HOME: directory,
        TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
        TEMPORAL_NAMESPACE: EMBEDDED_NAMESPACE,
        FERRY_SEAL_KEY: randomBytes(32).toString('base64'),
        ...more,
      };
      const words = [CLI, 'worker', '--host-id', 'h', '--json', ...args];
      const child = spawn(process.execPath, words, { env, cwd: directory });
      workers.push(child);
      const said = { stdout: '', stderr: '' };
      child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
      const ended = new Promise<number | null>((resolve) => {
        child.once('close', resolve);
      });
      return { said, process: child, ended };
    },
    async end() {
      for (const worker of workers) worker.kill('SIGKILL');
      await server?.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
