import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultsOf } from './messaging/plan';
import { runKit } from './support/run-kit';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ferry-chaos-test-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('Through faults at every point of messaging each file is one message and each consumer one conversation.', async () => {
  // More transfers than a worker has slots for: what they all wait for must get one.
  const size = ['--transfers', '72', '--consumers', '6', '--seed', '8', '--share', '0.02'];
  const { code, stdout } = await runKit(['messaging', ...size], directory);
  expect({ code, stdout }).toEqual({ code: 0, stdout });
  expect(stdout).toMatch(/^transfers +72, 72 done/m);
  expect(stdout).toMatch(/^conversations +6$/m);
  expect(stdout).toMatch(/^faults met +[1-9]/m);
  expect(await readdir(directory)).toEqual([]);
}, 300_000);

test('The same seed gives the same faults at every point, and another one gives others.', () => {
  const options = { transfers: 200, consumers: 20, share: 0.2, outageSeconds: 0, settleSeconds: 1, keep: false };
  const first = faultsOf({ ...options, seed: 7 });
  expect(faultsOf({ ...options, seed: 7 })).toEqual(first);
  expect(faultsOf({ ...options, seed: 8 })).not.toEqual(first);
  expect(new Set(first.map(({ at }) => at)).size).toBe(13);
  const kinds = new Set(first.map(({ do: action }) => (typeof action === 'string' ? action : Object.keys(action)[0])));
  expect(kinds).toEqual(new Set(['closeCode', 'delayMs', 'drop-after', 'drop-before', 'error', 'status']));
});
