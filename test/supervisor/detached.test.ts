import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fork } from 'node:child_process';
import { findOrFetchTemporal } from '../../src/engine';
import { readUp } from '../../src/config';
import { runUp, spawnDetachedUp, stopUp } from '../../src/supervisor';
import { testCacheDir } from '../support/temporal';
import { fixture, livingOf, processesOf, ready, temporaryState, until } from './up-process';

let state: ReturnType<typeof temporaryState>;

beforeAll(async () => {
  await findOrFetchTemporal({ cacheDir: testCacheDir });
}, 120_000);

beforeEach(() => {
  state = temporaryState();
});

afterEach(async () => await state.remove(), 30_000);

test('A detached up is ready when its starter says so, outlives the starter, and is ended by down', async () => {
  const starter = fork(fixture('start-detached.cjs'), [state.dir, testCacheDir], { execArgv: [] });
  const [code] = (await once(starter, 'exit')) as [number];
  expect(code).toBe(0);
  const file = readUp(state.dir);
  expect(file?.ready).toBe(true);
  expect(livingOf(file!)).toEqual(['temporal', 'sandbox', 'worker']);
  expect(await stopUp(state.dir)).toBe('stopped');
  expect(livingOf(file!)).toEqual([]);
}, 30_000);

test('The error of a detached up reaches its starter', async () => {
  const args = [state.dir, testCacheDir, 'broken.cjs'];
  const starting = spawnDetachedUp({ stateDir: state.dir, script: fixture('up.cjs'), args });
  await expect(starting).rejects.toMatchObject({
    code: 'ENGINE_FAILED',
    message: expect.stringContaining('The worker could not start'),
  });
}, 30_000);

test('Parts that are left out are null in up.json, and down ends the parts of a killed up', async () => {
  const ports = { temporal: 0, ui: 0, sandbox: 0 };
  const stateDir = state.dir;
  const up = await runUp({
    stateDir,
    cacheDir: testCacheDir,
    ports,
    worker: false,
    sandbox: false,
    handleSignals: false,
  });
  expect(up.info).toMatchObject({ ready: true, sandboxUrl: null, pids: { sandbox: null, worker: null } });
  const first = up.current();
  await up.stop();
  await up.ended;
  expect(livingOf(first)).toEqual([]);

  const args = [stateDir, testCacheDir];
  await spawnDetachedUp({ stateDir, script: fixture('up.cjs'), args });
  const file = await ready(stateDir);
  const { worker } = processesOf(file);
  process.kill(file.up.pid, 'SIGSTOP');
  for (const pid of [worker.pid, file.up.pid]) process.kill(pid, 'SIGKILL');
  await until('the end of the sandbox', () => livingOf(file).join() === 'temporal');
  expect(await stopUp(stateDir)).toBe('leftovers-ended');
  expect(livingOf(file)).toEqual([]);
  expect(existsSync(join(stateDir, 'up.json'))).toBe(false);
}, 40_000);
