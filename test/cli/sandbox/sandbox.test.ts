/** The built command line as a process: `ferry sandbox` runs the sandbox's program and ends with it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '../../../sandbox';
import { waitFor } from '../../support/wait-for';

const MAIN = join(__dirname, '../../../dist/cli/main.js');

interface Run {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  /** Exit code and signal. */
  readonly ended: Promise<unknown[]>;
}

let stateDir: string;
let running: Run[];

beforeEach(async () => {
  running = [];
  stateDir = await realpath(await mkdtemp(join(tmpdir(), 'ferry-cli-sandbox-')));
});
afterEach(async () => {
  for (const { child } of running) child.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  await rm(stateDir, { recursive: true, force: true });
});

function ferrySandbox(...args: string[]): Run {
  return ferrySandboxWith({}, ...args);
}

function ferrySandboxWith(env: NodeJS.ProcessEnv, ...args: string[]): Run {
  const child = spawn(process.execPath, [MAIN, 'sandbox', '--state', stateDir, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { PATH: process.env['PATH'], HOME: stateDir, NO_COLOR: '1', ...env },
  });
  let [out, err] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
  // Not the event `close` of the child: it does not come after a disconnect.
  const closed = [child.stdout, child.stderr].map((stream) => once(stream!, 'close'));
  const ended = Promise.all([once(child, 'exit'), ...closed]).then(([exit]) => exit);
  const run = { child, out: () => out, err: () => err, ended };
  running.push(run);
  return run;
}

async function whenReady(run: Run): Promise<{ readonly sandboxUrl: string; readonly pid: number }> {
  const line = await waitFor(() => /^.*\n/.exec(run.out())?.[0]);
  return JSON.parse(line) as { sandboxUrl: string; pid: number };
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('With --json it prints one ready line on stdout, and the sentence for people on stderr.', async () => {
  const run = ferrySandbox('--port', '0', '--json', '--tls');
  const { sandboxUrl, pid, ...rest } = await whenReady(run);
  expect(rest).toEqual({ type: 'ready', v: 1, ready: true, stateDir });
  expect(lives(pid)).toBe(true);
  await waitFor(() => run.err().includes('sandbox-ca.pem') || undefined);
  expect(run.err()).toBe(
    `Sandbox at ${sandboxUrl} (account 12345678, administrator ops / sandbox), kept in ${stateDir}. Ctrl-C ends it.\n` +
      `Its certificate authority, to be trusted by clients: ${join(stateDir, 'sandbox-ca.pem')}\n`,
  );
});

const onLinux = process.platform === 'linux' ? test : test.skip;
onLinux('The sandbox gets what it needs of the environment, and no key of Ferry.', async () => {
  const keys = { FERRY_SEAL_KEY: 'secret', FERRY_SWIFT_KEY: 'k' };
  const { pid } = await whenReady(ferrySandboxWith(keys, '--port', '0', '--json'));
  const names = readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .map((entry) => entry.split('=', 1)[0]);
  // oxlint-disable-next-line jest/no-standalone-expect -- onLinux is a test
  expect(names).toEqual(expect.arrayContaining(['PATH', 'HOME', 'FERRY_SWIFT_KEY']));
  // oxlint-disable-next-line jest/no-standalone-expect -- onLinux is a test
  expect(names).not.toContain('FERRY_SEAL_KEY');
});

test.each(['SIGTERM', 'SIGINT', 'disconnect'] as const)(
  'On %s the sandbox ends in order, with exit 0.',
  async (end) => {
    const run = ferrySandbox('--port', '0', '--json');
    const { pid } = await whenReady(run);
    if (end === 'disconnect') run.child.disconnect();
    else run.child.kill(end);
    expect(await run.ended).toEqual([0, null]);
    expect(lives(pid)).toBe(false);
  },
);

test('A sandbox whose command was killed ends too.', async () => {
  const run = ferrySandbox('--port', '0', '--json');
  const { pid } = await whenReady(run);
  run.child.kill('SIGKILL');
  expect(await waitFor(() => !lives(pid) || undefined)).toBe(true);
});

test('A sandbox that dies ends its command with exit 1 and the reason.', async () => {
  const run = ferrySandbox('--port', '0', '--json');
  const { pid } = await whenReady(run);
  process.kill(pid, 'SIGKILL');
  expect(await run.ended).toEqual([1, null]);
  expect(run.out()).toContain('"code":"INTERNAL","message":"The sandbox ended with SIGKILL."');
});

test('A state directory in use is not a busy port: another --state helps, another port does not.', async () => {
  const other = await startSandbox({ port: 0, stateDir });
  try {
    const run = ferrySandbox('--port', '0');
    expect(await run.ended).toEqual([2, null]);
    expect(run.err()).toMatch(/^ferry: The state directory .* is in use by another sandbox .*\[ALREADY_UP\]\n$/);
    expect(run.err()).toContain(stateDir);
  } finally {
    await other.close();
  }
});

test('A busy port is refused as a busy port.', async () => {
  const busy = createServer().listen(0, '127.0.0.1');
  await once(busy, 'listening');
  try {
    const { port } = busy.address() as AddressInfo;
    const run = ferrySandbox('--port', String(port), '--json');
    expect(await run.ended).toEqual([2, null]);
    expect(run.out()).toContain('"code":"PORT_BUSY"');
    expect(run.err()).toMatch(/^ferry: Port \d+ on 127\.0\.0\.1 is in use by another program\..*\[PORT_BUSY\]\n$/);
  } finally {
    busy.close();
  }
});

test.each([
  [['--swift', 'http://127.0.0.1:1'], '--swift needs a key: give --swift-key-file FILE or set FERRY_SWIFT_KEY.'],
  [['--swift-key-file', 'y'], '--swift-key-file goes with --swift URL.'],
])('The flags %j are a usage error: %s', async (flags, sentence) => {
  const run = ferrySandbox('--port', '0', ...flags);
  expect(await run.ended).toEqual([2, null]);
  expect(run.err()).toContain(`ferry: ${sentence}`);
  expect(run.err()).toContain('[USAGE]');
});

test('A Ctrl-C that reaches the whole process group, twice, ends it with exit 0.', async () => {
  const run = ferrySandbox('--port', '0', '--json');
  await whenReady(run);
  for (let time = 0; time < 2; time += 1) process.kill(-run.child.pid!, 'SIGINT');
  expect(await run.ended).toEqual([0, null]);
});
