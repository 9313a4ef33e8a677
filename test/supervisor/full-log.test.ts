/** The worker of a `ferry up` whose log lies on a full disk. */
import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EMBEDDED_NAMESPACE } from '../../src/contract';
import { thisProcess } from '../../src/lib/process-identity';
import { makeStateDirectories, makeStateFiles, statePaths } from '../../src/supervisor/state-dir';
import { writeUpFile } from '../../src/supervisor/up-file';
import { waitFor } from '../support/wait-for';

const WORKER = join(__dirname, '../../dist/worker/main.js');
const FULL = '/dev/full';

let stateDir: string;
let server: Server;
let connections: number;
let worker: ChildProcess | null;

beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'ferry-full-log-'));
  connections = 0;
  worker = null;
  // Not a Temporal: each attempt to reach it fails, and the worker logs the first failure.
  server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  worker?.kill('SIGKILL');
  server.close();
  rmSync(stateDir, { recursive: true, force: true });
});

function makeState(): void {
  const paths = statePaths(stateDir);
  makeStateDirectories(paths);
  makeStateFiles(paths, 1, {});
  const self = thisProcess();
  const { pid, startTime } = self;
  writeUpFile({
    type: 'ready',
    v: 1,
    ready: false,
    temporalAddress: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    namespace: EMBEDDED_NAMESPACE,
    uiUrl: 'http://127.0.0.1:2',
    sandboxUrl: null,
    stateDir,
    up: self,
    files: { types: ['PNG'], maxBytes: 1 },
    hostId: 'here',
    pids: { temporal: pid, sandbox: null, worker: null },
    startTimes: { temporal: startTime, sandbox: null, worker: null },
  });
}

test('A worker whose log cannot be written goes on.', async () => {
  // Only Linux has it.
  if (!existsSync(FULL)) return;
  makeState();
  const log = openSync(FULL, 'w');
  const env = { PATH: process.env['PATH'], HOME: stateDir, FERRY_HOST_ID: 'here' };
  worker = fork(WORKER, ['--state', stateDir], { stdio: ['ignore', log, log, 'ipc'], env, execArgv: [] });
  closeSync(log);
  // The failed write of the first line ended the worker before further attempts.
  await waitFor(() => (connections >= 8 ? true : undefined), 30_000);
  expect(worker.exitCode).toBeNull();
}, 40_000);
