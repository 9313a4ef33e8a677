import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { childEnv, NETWORK } from '../lib/child-env';
import { defined } from '../lib/defined';
import { CLI_VERSION } from './cli-version';
import type { FetchWay } from './fetch-way';
import { runBounded } from './run-bounded';

/**
 * Runs in a separate Node process. The SDK can download only while it starts the server, and loading the SDK would
 * install its native runtime and its signal handlers in this process.
 */
const SCRIPT = `
const [testing, downloadDir, version] = process.argv.slice(1);
const executable = { type: 'cached-download', downloadDir, version };
require(testing).TestWorkflowEnvironment.createLocal({ server: { executable } }).then(
  (environment) => environment.teardown(),
  (error) => { console.error('temporal.download: error: ' + String(error.message).split(': ').at(-1)); process.exit(1); },
);`;

/** The download of the SDK, from temporal.download. Fails at once without internet, after 10 s without bytes. */
export const fetchWithSdk: FetchWay = async ({ directory, onBytes, signal }) => {
  const problem = await runBounded({
    command: process.execPath,
    args: ['-e', SCRIPT, require.resolve('@temporalio/testing'), directory, `v${CLI_VERSION}`],
    env: childEnv(process.env, NETWORK),
    cwd: directory,
    bytes: () =>
      files(directory).reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0),
    stallMs: 10_000,
    ...(onBytes === undefined ? {} : { onBytes: (bytes: number) => onBytes(bytes, null) }),
    ...defined({ signal }),
  });
  // It does not matter here whether the downloaded server also started.
  const [file] = files(directory).filter((each) => !each.endsWith('.downloading'));
  return file === undefined ? { problem: problem ?? 'it left no file' } : { file };
};

function files(directory: string): string[] {
  return readdirSync(directory).map((name) => join(directory, name));
}
