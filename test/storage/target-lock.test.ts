import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { lockTarget } from '../../src/storage/target-lock';
import { failureOf, makeScratch, type Scratch } from './support/scratch';

let scratch: Scratch;

beforeEach(async () => {
  scratch = await makeScratch();
  await mkdir(scratch.path('in'));
});

afterEach(() => scratch.remove());

const names = (): Promise<string[]> => readdir(scratch.path('in'));

test('The locks of one process in a directory share one file, which goes with the last of them', async () => {
  const [first, second] = await Promise.all([lockTarget(scratch.path('in/a')), lockTarget(scratch.path('in/b'))]);
  const ending = async (end: string): Promise<string[]> => (await names()).filter((name) => name.endsWith(end));
  expect(await ending('.holder')).toHaveLength(1);
  first();
  expect(await ending('.holder')).toHaveLength(1);
  expect(await ending('.lock')).toEqual(['b.part.lock']);
  second();
  expect(await names()).toEqual([]);
});

test('A lock refuses every other until it is given back', async () => {
  const target = scratch.path('in/a');
  const release = await lockTarget(target);
  expect(await failureOf(lockTarget(target))).toMatchObject({ code: 'TARGET_BUSY' });
  expect(await names()).toContain('a.part.lock');
  release();
  (await lockTarget(target))();
  expect(await names()).toEqual([]);
});

test('Where the directory is missing nothing is held on to', async () => {
  expect(await failureOf(lockTarget(scratch.path('none/a')))).toMatchObject({ code: 'ENOENT' });
  await mkdir(scratch.path('none'));
  (await lockTarget(scratch.path('none/a')))();
  expect(await readdir(scratch.path('none'))).toEqual([]);
});

test('Whoever comes when the directory has just been made is not told that it is missing, although a try before it was', async () => {
  const early = failureOf(lockTarget(scratch.path('late/a')));
  // Nothing of this process goes on meanwhile, but the pool does: the early try has failed and does not know it yet.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  mkdirSync(scratch.path('late'));
  const release = await lockTarget(scratch.path('late/b'));
  expect(await early).toMatchObject({ code: 'ENOENT' });
  release();
  expect(await readdir(scratch.path('late'))).toEqual([]);
});

test('A process whose file was taken away, since it seemed dead, makes another', async () => {
  const first = await lockTarget(scratch.path('in/a'));
  for (const name of await names()) if (name.endsWith('.holder')) unlinkSync(scratch.path(`in/${name}`));
  expect(await failureOf(lockTarget(scratch.path('in/b')))).toMatchObject({ code: 'ENOENT' });
  const second = await lockTarget(scratch.path('in/b'));
  first();
  expect((await names()).filter((name) => name.endsWith('.holder'))).toHaveLength(1);
  second();
  expect(await names()).toEqual([]);
});

test('Whoever breaks the lock of a process that is gone takes away its file as well', async () => {
  const target = scratch.path('in/a');
  const release = await lockTarget(target);
  const ours = JSON.parse(readFileSync(`${target}.part.lock`, 'utf8')) as object;
  release();
  const { pid } = spawnSync('true');
  writeFileSync(scratch.path('in/.ferry-gone.holder'), JSON.stringify({ ...ours, token: 'gone', pid }));
  linkSync(scratch.path('in/.ferry-gone.holder'), `${target}.part.lock`);
  const broken = await lockTarget(target);
  expect(await names()).not.toContain('.ferry-gone.holder');
  broken();
  expect(await names()).toEqual([]);
});
