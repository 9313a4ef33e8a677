import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import type { UpFile } from '../../src/config/types';
import { findOrFetchTemporal } from '../../src/engine';
import { readUp } from '../../src/config';
import { pidWorld } from '../../src/lib/process-identity';
import { stopUp } from '../../src/supervisor';
import { testCacheDir } from '../support/temporal';
import { livingOf, processesOf, ready, startUp, temporaryState, until, type UpProcess } from './up-process';
import { EMBEDDED_NAMESPACE } from '../../src/contract';

const ALL = ['temporal', 'sandbox', 'worker'];

beforeAll(async () => {
  await findOrFetchTemporal({ cacheDir: testCacheDir });
}, 120_000);

/** An `up` that is ready again after parts died: none of the processes that died is named any more. */
async function readyWithout(dir: string, dead: readonly number[]): Promise<UpFile> {
  return await until('new processes for those that died', () => {
    const file = readUp(dir);
    const replaced = file !== null && Object.values(file.pids).every((pid) => pid !== null && !dead.includes(pid));
    return file?.ready === true && replaced ? file : null;
  });
}

describe('While an up lives', () => {
  let state: ReturnType<typeof temporaryState>;
  let up: UpProcess;

  beforeAll(async () => {
    state = temporaryState();
    up = startUp(state.dir);
    await ready(state.dir);
  }, 30_000);

  afterAll(async () => await state.remove(), 30_000);

  test('up.json names the processes and their addresses', async () => {
    const file = await ready(state.dir);
    expect(livingOf(file)).toEqual(ALL);
    expect(file.up.pid).toBe(up.process.pid);
    const connection = await Connection.connect({ address: file.temporalAddress });
    await connection.close();
    expect((await fetch(`${file.sandboxUrl}/`)).status).toBe(200);
    expect(readFileSync(join(state.dir, 'worker-notes'), 'utf8')).toContain(`host ${file.hostId}`);
  });

  test('The seal key is 32 bytes for its owner alone, and the first configuration may enable file sharing', () => {
    const key = readFileSync(join(state.dir, 'seal.key'), 'utf8');
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect(key).toMatch(/^\S+\n$/);
    expect(statSync(join(state.dir, 'seal.key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(state.dir, 'ferry.toml'), 'utf8')).toContain('enableFileSharing = true');
  });

  test('A second up on the same state is refused, and the first is not affected', async () => {
    const file = await ready(state.dir);
    const second = startUp(state.dir);
    expect(await second.exited).toBe(2);
    expect(second.said()).toContain(
      `ALREADY_UP: A ferry up (pid ${file.up.pid} on ${hostname()}) already runs on ${state.dir}.`,
    );
    expect(readUp(state.dir)).toEqual(file);
    expect(livingOf(file)).toEqual(ALL);
  });

  test('A part that dies is restarted on the same port, and up.json names the new process', async () => {
    const before = await ready(state.dir);
    const dead = Object.values(processesOf(before)).map(({ pid }) => pid);
    for (const pid of dead) process.kill(pid, 'SIGKILL');
    const after = await readyWithout(state.dir, dead);
    const { temporalAddress, uiUrl, sandboxUrl } = before;
    expect(after).toMatchObject({ temporalAddress, uiUrl, sandboxUrl });
    expect(livingOf(after)).toEqual(ALL);
    expect(up.said()).toContain('The worker was ended by SIGKILL; it is started again.');
  }, 30_000);

  test('Ctrl-C ends all parts in order: the worker drains first', async () => {
    const file = await ready(state.dir);
    up.process.kill('SIGINT');
    expect(await up.exited).toBe(0);
    expect(livingOf(file)).toEqual([]);
    expect(readFileSync(join(state.dir, 'worker-notes'), 'utf8')).toContain('drained');
    expect(readUp(state.dir)).toBeNull();
    expect(await stopUp(state.dir)).toBe('not-running');
  }, 30_000);
});

describe('On a state of its own', () => {
  let state: ReturnType<typeof temporaryState>;

  beforeEach(() => {
    state = temporaryState();
  });

  afterEach(async () => await state.remove(), 30_000);

  test('After kill -9 of up no process is left, and the next up finds all files unchanged', async () => {
    const first = startUp(state.dir);
    const before = await ready(state.dir);
    // The worker was told of the first server only by name: it must end the one that runs now.
    process.kill(before.pids.temporal, 'SIGKILL');
    const running = await readyWithout(state.dir, [before.pids.temporal]);
    writeFileSync(join(state.dir, 'ferry.toml'), '# mine\n');
    const written = ['seal.key', 'host-id', 'ferry.toml'].map((name) => readFileSync(join(state.dir, name), 'utf8'));
    first.process.kill('SIGKILL');
    await until('the end of all parts', () => livingOf(running).length === 0);
    expect(readUp(state.dir)).toBeNull();

    startUp(state.dir);
    const { hostId } = await ready(state.dir);
    expect(written).toEqual(
      ['seal.key', 'host-id', 'ferry.toml'].map((name) => readFileSync(join(state.dir, name), 'utf8')),
    );
    expect(hostId).toBe(before.hostId);
    expect(await stopUp(state.dir)).toBe('stopped');
  }, 40_000);

  test('The next up ends the processes that a killed up could not end, before it starts its own', async () => {
    startUp(state.dir);
    const before = await ready(state.dir);
    const { worker, sandbox } = processesOf(before);
    // Stopped first, so that it starts nothing again, and the worker dies before it can end Temporal.
    process.kill(before.up.pid, 'SIGSTOP');
    for (const pid of [worker.pid, sandbox.pid, before.up.pid]) process.kill(pid, 'SIGKILL');
    await until('the end of all but Temporal', () => livingOf(before).join() === 'temporal');

    const second = startUp(state.dir);
    const after = await ready(state.dir);
    const notice = 'An earlier ferry up on this state directory was killed';
    await until('the notice', () => second.said().includes(notice));
    expect(livingOf(before)).toEqual([]);
    expect(livingOf(after)).toEqual(ALL);
  }, 40_000);

  test('A process that was given the pid of a dead part is left alone', async () => {
    const [pid, startTime] = [process.pid, 'of another process'];
    const forged: UpFile = {
      type: 'ready',
      v: 1,
      ready: true,
      namespace: EMBEDDED_NAMESPACE,
      stateDir: state.dir,
      hostId: 'x',
      temporalAddress: '127.0.0.1:1',
      uiUrl: 'http://127.0.0.1:2',
      sandboxUrl: null,
      files: { types: [], maxBytes: 1 },
      up: { pid, startTime },
      pids: { temporal: pid, sandbox: pid, worker: pid },
      startTimes: { temporal: startTime, sandbox: startTime, worker: startTime },
    };
    writeFileSync(join(state.dir, 'up.json'), JSON.stringify(forged));
    writeFileSync(join(state.dir, 'up.lock'), JSON.stringify({ token: 'dead', pid, startTime, world: pidWorld() }));
    expect(readUp(state.dir)).toBeNull();
    // It would have ended this very process.
    expect(await stopUp(state.dir)).toBe('not-running');
  });

  test('A worker that cannot start is reported with its log, and ends all parts', async () => {
    const up = startUp(state.dir, 'broken.cjs');
    expect(await up.exited).toBe(2);
    expect(up.said()).toContain('ENGINE_FAILED: The worker could not start: it ended with exit 3.');
    expect(up.said()).toContain(join(state.dir, 'logs', 'worker.log'));
    expect(up.said()).toContain('Error: the key is not there');
    expect(await stopUp(state.dir)).toBe('not-running');
  }, 30_000);

  test('A worker that cannot be restarted is tried several times, then reported, and ends all parts', async () => {
    const up = startUp(state.dir, 'once.cjs');
    const file = await ready(state.dir);
    process.kill(file.pids.worker ?? 0, 'SIGKILL');
    expect(await up.exited).toBe(2);
    expect(up.said()).toContain('"Error: not a second time". It is tried again.');
    expect(up.said()).toContain('All parts are ended.');
    expect(livingOf(file)).toEqual([]);
    expect(readUp(state.dir)).toBeNull();
  }, 40_000);

  test('A second Ctrl-C kills parts that do not end', async () => {
    const up = startUp(state.dir, 'deaf.cjs');
    const file = await ready(state.dir);
    up.process.kill('SIGINT');
    await until('the first Ctrl-C to be said', () => up.said().includes('once more kills them'));
    up.process.kill('SIGINT');
    expect(await up.exited).toBe(0);
    expect(livingOf(file)).toEqual([]);
  }, 30_000);

  test('An aborted start leaves no process', async () => {
    const up = startUp(state.dir, 'mute.cjs');
    const file = await until('a worker that starts', () => {
      const found = readUp(state.dir);
      return found?.pids.worker === null ? null : found;
    });
    up.process.kill('SIGTERM');
    expect(await up.exited).toBe(2);
    expect(up.said()).toContain('CANCELLED');
    expect(livingOf(file)).toEqual([]);
    expect(await stopUp(state.dir)).toBe('not-running');
  }, 30_000);
});

test('An up whose database or state directory is removed ends everything and says so; the next one says what is missing', async () => {
  const state = temporaryState();
  try {
    const first = startUp(state.dir);
    const file = await ready(state.dir);
    rmSync(join(state.dir, 'temporal'), { recursive: true });
    expect(await first.exited).toBe(2);
    expect(first.said()).toContain('was removed or replaced while ferry up runs. All parts are ended.');
    expect(livingOf(file)).toEqual([]);

    mkdirSync(join(state.dir, 'receipts'));
    writeFileSync(join(state.dir, 'receipts', '2026-11.jsonl'), '');
    const second = startUp(state.dir);
    const next = await ready(state.dir);
    expect(second.said()).toContain('The database of Temporal is missing');
    rmSync(state.dir, { recursive: true, force: true });
    expect(await second.exited).toBe(2);
    expect(livingOf(next)).toEqual([]);
  } finally {
    await state.remove();
  }
}, 60_000);
