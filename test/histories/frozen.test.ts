import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WORKFLOW } from '../../src/contract';
import { digestOf, historyFiles, readFrozen } from './frozen-list';

const frozen = readFrozen();

test('A history that was frozen is there and has not changed.', () => {
  const there = new Set(historyFiles());
  const missing = Object.keys(frozen).filter((file) => !there.has(file));
  expect(missing).toEqual([]);
  const changed = Object.entries(frozen).filter(([file, { sha256 }]) => digestOf(file) !== sha256);
  expect(changed.map(([file]) => file)).toEqual([]);
});

test('Every history is frozen; node test/histories/freeze.cjs freezes new ones.', () => {
  expect(historyFiles().filter((file) => frozen[file] === undefined)).toEqual([]);
});

test('Every type of workflow has a history.', () => {
  const types = historyFiles().map((file) => {
    const text = readFileSync(join(__dirname, file), 'utf8');
    return /"workflowType": \{\s*"name": "(\w+)"/.exec(text)?.[1];
  });
  const without = Object.values(WORKFLOW).filter((type) => !types.includes(type));
  expect(without).toEqual([]);
});
