import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readUpFile } from '../../src/config/up-file';
import { createBoard, type BoardFacts } from '../../src/supervisor/board';
import { until } from './up-process';

const someone = { pid: 1, startTime: '1' };

let stateDir: string;
let path: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'ferry-board-'));
  path = join(stateDir, 'up.json');
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

function facts(): BoardFacts {
  return {
    temporalAddress: '127.0.0.1:1',
    namespace: 'ferry',
    uiUrl: 'http://127.0.0.1:2',
    sandboxUrl: null,
    stateDir,
    up: someone,
    files: { types: ['PNG'], maxBytes: 1 },
    hostId: 'here',
  };
}

test('An up.json that can no longer be written is said once, keeps nobody from starting or ending parts, and is made current once it can be.', async () => {
  const notices: string[] = [];
  const board = createBoard(facts(), ['temporal', 'worker'], path, (sentence) => notices.push(sentence));
  board.spawned('temporal', someone);
  expect(existsSync(path)).toBe(true);
  rmSync(stateDir, { recursive: true });
  board.ready('temporal', true);
  board.ready('worker', true);
  expect(notices).toEqual([`${path} cannot be written (ENOENT): it may be out of date.`]);
  mkdirSync(stateDir);
  expect(await until('up.json', () => readUpFile(stateDir) ?? undefined)).toEqual(board.current());
  board.remove();
});

test('An up.json that cannot be written at all is an error: nobody would find this up.', () => {
  rmSync(stateDir, { recursive: true });
  const board = createBoard(facts(), ['temporal'], path, () => undefined);
  expect(() => board.spawned('temporal', someone)).toThrow('ENOENT');
});

test('An up.json that was taken away for good does not come back.', () => {
  const board = createBoard(facts(), ['temporal'], path, () => undefined);
  board.spawned('temporal', someone);
  board.remove();
  board.ready('temporal', true);
  expect(existsSync(path)).toBe(false);
});
