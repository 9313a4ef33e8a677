import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { findOrFetchTemporal } from '../../src/engine';
import { readUp, stopUp } from '../../src/supervisor';
import { testCacheDir } from '../support/temporal';
import { livingOf, processesOf, ready, startUp, temporaryState, until } from './up-process';

let state: ReturnType<typeof temporaryState>;

beforeAll(async () => {
  await findOrFetchTemporal({ cacheDir: testCacheDir });
}, 120_000);

beforeEach(() => {
  state = temporaryState();
});

afterEach(async () => await state.remove(), 30_000);

const notes = (): string => readFileSync(join(state.dir, 'worker-notes'), 'utf8');

test('up.json names what runs, and Ctrl-C ends worker, sandbox and Temporal in order', async () => {
  const up = startUp(state.dir);
  const file = await ready(state.dir);
  expect(livingOf(file)).toEqual(['temporal', 'sandbox', 'worker']);
  expect(file.up.pid).toBe(up.process.pid);
  const connection = await Connection.connect({ address: file.temporalAddress });
  await connection.close();
  expect((await fetch(`${file.sandboxUrl}/`)).status).toBe(200);
  expect(notes()).toContain(`host ${file.hostId}`);

  up.process.kill('SIGINT');
  expect(await up.exited).toBe(0);
  expect(livingOf(file)).toEqual([]);
  expect(notes()).toContain('drained');
  expect(readUp(state.dir)).toBeNull();
}, 30_000);

test('A part that dies is started again on the same port, and up.json follows', async () => {
  const up = startUp(state.dir);
  const before = await ready(state.dir);
  const { temporal, sandbox, worker } = processesOf(before);
  for (const { pid } of [temporal, sandbox, worker]) process.kill(pid, 'SIGKILL');
  const after = await until('three new processes', () => {
    const file = readUp(state.dir);
    const fresh = file !== null && Object.values(file.pids).every((pid) => !Object.values(before.pids).includes(pid));
    return file?.ready === true && fresh ? file : null;
  });
  expect(after).toMatchObject({
    temporalAddress: before.temporalAddress,
    uiUrl: before.uiUrl,
    sandboxUrl: before.sandboxUrl,
  });
  expect(livingOf(after)).toEqual(['temporal', 'sandbox', 'worker']);
  expect(up.said()).toContain('The worker was ended by SIGKILL; it is started again.');

  // The worker was told of the first server only by name: after kill -9 of `up` it ends the second one.
  up.process.kill('SIGKILL');
  await until('the end of all parts', () => livingOf(after).length === 0);
}, 40_000);

test('After kill -9 of everything but Temporal the next up ends what is left and carries on with the same files', async () => {
  const first = startUp(state.dir);
  const before = await ready(state.dir);
  const written = ['seal.key', 'host-id', 'ferry.toml'].map((name) => readFileSync(join(state.dir, name), 'utf8'));
  const { worker, sandbox, temporal } = processesOf(before);
  // A worker that dies before its channel closes cannot end Temporal: stop `up` first so that it starts no other.
  process.kill(before.up.pid, 'SIGSTOP');
  for (const pid of [worker.pid, sandbox.pid, before.up.pid]) process.kill(pid, 'SIGKILL');
  await first.exited;
  expect(livingOf(before)).toEqual(['temporal']);
  expect(readUp(state.dir)).toBeNull();

  const second = startUp(state.dir);
  const after = await ready(state.dir);
  expect(second.said()).toContain('An earlier ferry up on this state directory was killed');
  expect(livingOf(before)).toEqual([]);
  expect(after.pids.temporal).not.toBe(temporal.pid);
  expect(['seal.key', 'host-id', 'ferry.toml'].map((name) => readFileSync(join(state.dir, name), 'utf8'))).toEqual(
    written,
  );
}, 40_000);

test('A process that was given the pid of a dead part is left alone', async () => {
  const up = startUp(state.dir);
  const file = await ready(state.dir);
  up.process.kill('SIGTERM');
  await up.exited;
  const forged = { ...file, pids: { ...file.pids, worker: process.pid, sandbox: process.pid, temporal: process.pid } };
  writeFileSync(join(state.dir, 'up.json'), JSON.stringify(forged));
  expect(readUp(state.dir)).toBeNull();
  expect(await stopUp(state.dir)).toBe('not-running');
}, 30_000);

test('A second living up on one state is refused, and the first does not notice', async () => {
  startUp(state.dir);
  const file = await ready(state.dir);
  const second = startUp(state.dir);
  expect(await second.exited).toBe(2);
  expect(second.said()).toContain(`ALREADY_UP: A ferry up (pid ${file.up.pid}) runs on ${state.dir} already.`);
  expect(readUp(state.dir)).toEqual(file);
  expect(livingOf(file)).toEqual(['temporal', 'sandbox', 'worker']);
  expect(await stopUp(state.dir)).toBe('stopped');
  expect(await stopUp(state.dir)).toBe('not-running');
}, 30_000);

test('A worker that cannot start is said, with its log, and ends the whole', async () => {
  const up = startUp(state.dir, 'broken.cjs');
  expect(await up.exited).toBe(2);
  expect(up.said()).toContain('ENGINE_FAILED: The worker could not start: it ended with exit 3.');
  expect(up.said()).toContain(join(state.dir, 'logs', 'worker.log'));
  expect(up.said()).toContain('Error: the key is not there');
  expect(await stopUp(state.dir)).toBe('not-running');
}, 30_000);

test('A worker that dies and cannot start again is tried some times, then said, and ends the whole', async () => {
  const up = startUp(state.dir, 'once.cjs');
  const file = await ready(state.dir);
  process.kill(file.pids.worker ?? 0, 'SIGKILL');
  expect(await up.exited).toBe(2);
  expect(up.said()).toContain('Error: not a second time It is tried again.');
  expect(up.said()).toContain('Everything is ended.');
  expect(livingOf(file)).toEqual([]);
  expect(readUp(state.dir)).toBeNull();
}, 40_000);

test('What is written once is for its owner alone, and stays as the person left it', async () => {
  const first = startUp(state.dir);
  await ready(state.dir);
  const key = readFileSync(join(state.dir, 'seal.key'), 'utf8');
  expect(Buffer.from(key, 'base64')).toHaveLength(32);
  expect(key).toMatch(/^\S+\n$/);
  expect(statSync(join(state.dir, 'seal.key')).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(state.dir, 'ferry.toml'), 'utf8')).toContain('enableFileSharing = true');
  writeFileSync(join(state.dir, 'ferry.toml'), '# mine\n');
  first.process.kill('SIGTERM');
  await first.exited;

  startUp(state.dir);
  await ready(state.dir);
  expect(readFileSync(join(state.dir, 'ferry.toml'), 'utf8')).toBe('# mine\n');
}, 40_000);

test('A start that is told to end leaves nothing behind', async () => {
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
