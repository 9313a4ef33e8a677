import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, utimes } from 'node:fs/promises';
import { lockTarget } from '../../src/storage/target-lock';
import { failureOf, makeScratch, type Scratch } from './support/scratch';

let scratch: Scratch;

beforeEach(async () => {
  scratch = await makeScratch();
  await mkdir(scratch.path('in'));
});

afterEach(() => scratch.remove());

const names = (): Promise<string[]> => readdir(scratch.path('in'));

test('A lock refuses every other until it is given back', async () => {
  const target = scratch.path('in/a');
  const release = await lockTarget(target);
  expect(await failureOf(lockTarget(target))).toMatchObject({ code: 'TARGET_BUSY' });
  expect(await names()).toContain('a.part.lock');
  release();
  (await lockTarget(target))();
  expect(await names()).toEqual([]);
});

test('A lock of another host is not broken because its clock is behind', async () => {
  const target = scratch.path('in/a');
  const release = await lockTarget(target);
  const ours = JSON.parse(readFileSync(`${target}.part.lock`, 'utf8')) as object;
  release();
  writeFileSync(`${target}.part.lock`, JSON.stringify({ ...ours, token: 'other', world: 'another boot pid:[1]' }));
  const hourAgo = new Date(Date.now() - 3_600_000);
  await utimes(`${target}.part.lock`, hourAgo, hourAgo);
  expect(await failureOf(lockTarget(target))).toMatchObject({ code: 'TARGET_BUSY' });
  expect(await names()).toEqual(['a.part.lock']);
});
