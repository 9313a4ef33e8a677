import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOrFetchTemporal, startTemporal } from '../../src/engine';
import { EMBEDDED_NAMESPACE } from '../../src/contract';

export interface TestTemporal {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string | null;
  readonly dbFile: string;
  /** What the server printed. */
  readonly logFile: string;
  readonly pid: number;
  /** Ends the server and removes its files. */
  stop(): Promise<void>;
}

/** The cache that a user's own `ferry` uses: a machine fetches the server once, not once a test run. */
export const testCacheDir = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'ferry');

/**
 * A real Temporal server on a database file of its own, with Ferry's namespace and search attributes. One a test file:
 * start it in `beforeAll`, stop it in `afterAll`, and use task queues and ids of your own in each test. The first start
 * on a machine fetches the program: give `beforeAll` a time limit of 120 s.
 */
export async function startTestTemporal(options: { readonly ui?: boolean } = {}): Promise<TestTemporal> {
  const { path: binary } = await findOrFetchTemporal({ cacheDir: testCacheDir });
  const directory = await mkdtemp(join(tmpdir(), 'ferry-temporal-'));
  const dbFile = join(directory, 'temporal.db');
  const logFile = join(directory, 'temporal.log');
  const removeFiles = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const server = await startTemporal({ binary, dbFile, logFile, port: 0, uiPort: options.ui === true ? 0 : null });
    const { address, uiUrl, pid } = server;
    // A run that ends without afterAll (a crash, Ctrl-C) must not leave a server behind.
    const killAtExit = (): void => void process.kill(pid, 'SIGKILL');
    process.once('exit', killAtExit);
    void server.exited.then(() => process.off('exit', killAtExit));
    const stop = async (): Promise<void> => {
      await server.stop();
      await removeFiles();
    };
    return { address, namespace: EMBEDDED_NAMESPACE, uiUrl, dbFile, logFile, pid, stop };
  } catch (error) {
    await removeFiles();
    throw error;
  }
}
