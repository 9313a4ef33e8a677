import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readUpFile } from '../../src/config/up-file';
import { createUpState, type UpFacts } from '../../src/supervisor/up-state';
import { until } from './up-process';
import { EMBEDDED_NAMESPACE } from '../../src/contract';

const someone = { pid: 1, startTime: '1' };

let stateDir: string;
let path: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'ferry-up-state-'));
  path = join(stateDir, 'up.json');
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

function facts(): UpFacts {
  return {
    temporalAddress: '127.0.0.1:1',
    namespace: EMBEDDED_NAMESPACE,
    uiUrl: 'http://127.0.0.1:2',
    sandboxUrl: null,
    stateDir,
    up: someone,
    files: { types: ['PNG'], maxBytes: 1 },
    hostId: 'here',
  };
}

test('An up.json that can no longer be written is reported once, does not stop parts from starting or ending, and is written again later.', async () => {
  const notices: string[] = [];
  const state = createUpState(facts(), ['temporal', 'worker'], path, (sentence) => notices.push(sentence));
  state.spawned('temporal', someone);
  expect(existsSync(path)).toBe(true);
  rmSync(stateDir, { recursive: true });
  state.ready('temporal', true);
  state.ready('worker', true);
  expect(notices).toEqual([`${path} cannot be written (ENOENT): it may be out of date.`]);
  mkdirSync(stateDir);
  expect(await until('up.json', () => readUpFile(stateDir) ?? undefined)).toEqual(state.current());
  state.remove();
});

test('An up.json that cannot be written the first time is an error, because nobody would find this up.', () => {
  rmSync(stateDir, { recursive: true });
  const state = createUpState(facts(), ['temporal'], path, () => undefined);
  expect(() => state.spawned('temporal', someone)).toThrow('ENOENT');
});

test('A removed up.json is not written again.', () => {
  const state = createUpState(facts(), ['temporal'], path, () => undefined);
  state.spawned('temporal', someone);
  state.remove();
  state.ready('temporal', true);
  expect(existsSync(path)).toBe(false);
});

test('An up.json that cannot be removed is reported, and does not stop the end of the up.', () => {
  const notices: string[] = [];
  const state = createUpState(facts(), ['temporal'], path, (sentence) => notices.push(sentence));
  // Stands for a disk that became read-only.
  mkdirSync(join(path, 'kept'), { recursive: true });
  state.remove();
  expect(notices).toEqual([expect.stringMatching(/up\.json cannot be removed \(.+\): the next ferry up/)]);
});
