import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHostActivities } from '../../src/activities';
import { lockTarget } from '../../src/storage/target-lock';
import { fakeDeps, runAttempt } from './support';

let directory: string;
let target: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ferry-discard-'));
  target = join(directory, 'plan.jpg');
  for (const name of ['plan.jpg.part', 'other.jpg.part']) await writeFile(join(directory, name), 'bytes');
  await writeFile(join(directory, 'plan.jpg.part.json'), JSON.stringify({ v: 1, etag: 'x', sizeBytes: 10 }));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const discard = () => runAttempt(createHostActivities(fakeDeps({})).discardPart, { account: 'acme', target });
const names = async () => (await readdir(directory)).sort();

test('Of a fetch that was given up nothing is left; what belongs to others stays.', async () => {
  await discard();
  expect(await names()).toEqual(['other.jpg.part']);
});

test('A file that only has the name of a part stays.', async () => {
  await rm(join(directory, 'plan.jpg.part.json'));
  await discard();
  expect(await names()).toEqual(['other.jpg.part', 'plan.jpg.part']);
});

test('A file that is complete stays, and so does everything where nothing was left.', async () => {
  await writeFile(target, 'complete');
  await discard();
  await discard();
  expect(await names()).toEqual(['other.jpg.part', 'plan.jpg']);
});

test('The part of another fetch to the same target that is under way stays.', async () => {
  const release = await lockTarget(target);
  await discard();
  expect(await names()).toContain('plan.jpg.part');
  release();
});

test('Where the directory itself is gone there is nothing to do.', async () => {
  await rm(directory, { recursive: true });
  await expect(discard()).resolves.toBeUndefined();
});
