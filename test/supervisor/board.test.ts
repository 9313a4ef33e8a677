import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBoard, type BoardFacts } from '../../src/supervisor/board';

const someone = { pid: 1, startTime: '1' };

function factsIn(stateDir: string): BoardFacts {
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

test('An up.json that can no longer be written is said, and keeps nobody from starting or ending parts.', () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'ferry-board-'));
  const path = join(stateDir, 'up.json');
  const notices: string[] = [];
  const board = createBoard(factsIn(stateDir), ['temporal'], path, (sentence) => notices.push(sentence));
  board.spawned('temporal', someone);
  expect(existsSync(path)).toBe(true);
  rmSync(stateDir, { recursive: true });
  board.ready('temporal', false);
  expect(notices).toEqual([`${path} cannot be written (ENOENT): it may be out of date.`]);
  board.remove();
});

test('An up.json that cannot be written at all is an error: nobody would find this up.', () => {
  const stateDir = join(tmpdir(), 'ferry-board-that-is-not-there');
  const board = createBoard(factsIn(stateDir), ['temporal'], join(stateDir, 'up.json'), () => undefined);
  expect(() => board.spawned('temporal', someone)).toThrow('ENOENT');
});
