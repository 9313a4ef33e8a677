import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PAGE_LIMITS, type JobPage, type ManifestPosition } from '../../src/contract';
import { cutPages, findJob, jobDirectory, readHeader, storeManifest } from '../../src/jobs';
import type { CutPages, PrepareJobOptions } from '../../src/jobs/types';
import { accountOf, jpeg, prepare } from './manifest-support';
import { scratchDirectory } from './support';

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
beforeEach(async () => {
  scratch = await scratchDirectory();
  await mkdir(join(scratch.path, 'state'), { mode: 0o700 });
});
afterEach(() => scratch.remove());

const stateDir = (): string => join(scratch.path, 'state');

async function stored(text: string, more: Partial<PrepareJobOptions> = {}) {
  await writeFile(join(scratch.path, 'm.csv'), text);
  const job = await prepare(scratch.path, 'm.csv', more);
  await storeManifest(stateDir(), job);
  return { job, directory: jobDirectory(stateDir(), job.header.jobId) };
}

async function files(...sizes: readonly number[]): Promise<string> {
  for (const [index, size] of sizes.entries()) {
    await writeFile(join(scratch.path, `${index}.jpg`), jpeg(String(index), size));
  }
  return sizes.map((_, index) => `${index}.jpg`).join('\n');
}

const anySize = (name: string) => ({ ...accountOf(name), files: { types: ['JPG'], maxBytes: 1e9 } });
const START: ManifestPosition = { offset: 0, page: 0 };
const linesOf = (pages: readonly JobPage[]) => pages.map(({ lines }) => lines.map(({ line }) => line));

/** All pages, cut a few at a time. */
async function cutAll(
  directory: string,
  wanted: number,
  isWanted = (_line: number): boolean => true,
): Promise<CutPages> {
  const all = { pages: [] as JobPage[], bad: [] as CutPages['bad'][number][] };
  for (let from: ManifestPosition | null = START; from !== null;) {
    const cut: CutPages = await cutPages({ directory, pass: 1, from, wanted, isWanted });
    all.pages.push(...cut.pages);
    all.bad.push(...cut.bad);
    from = cut.next;
  }
  return { ...all, next: null };
}

test('Pages have consecutive rows of one destination, within the limits, and however they are cut they are the same.', async () => {
  const names = await files(...Array.from({ length: 120 }, () => 100));
  const { directory } = await stored(`source\n${names}\n`, { lanes: 1 });
  const { pages } = await cutAll(directory, 8);
  expect(pages.map(({ lines }) => lines.length)).toEqual([50, 50, 20]);
  expect(pages.map(({ page }) => page)).toEqual([0, 1, 2]);
  expect((await cutAll(directory, 1)).pages).toEqual(pages);
});

test('The first pages grow and the last pages shrink, and however they are cut they are the same.', async () => {
  const names = await files(...Array.from({ length: 600 }, () => 100));
  const { directory } = await stored(`source\n${names}\n`, { lanes: 4 });
  const { pages } = await cutAll(directory, 8);
  const sizes = pages.map(({ lines }) => lines.length);
  expect(sizes.slice(0, 4)).toEqual([16, 25, 38, 50]);
  const last = sizes.slice(sizes.lastIndexOf(50) + 1);
  expect(last).toEqual(last.toSorted((one, other) => other - one));
  expect(last.reduce((sum, lines) => sum + lines, 0)).toBeLessThanOrEqual(4 * 50);
  expect(Math.max(...sizes.slice(-4))).toBeLessThanOrEqual(16);
  expect((await cutAll(directory, 3)).pages).toEqual(pages);
});

test('A job of few lines has pages for most of its lanes.', async () => {
  const names = await files(...Array.from({ length: 100 }, () => 100));
  const { directory } = await stored(`source\n${names}\n`);
  expect((await cutAll(directory, 16)).pages.length).toBeGreaterThanOrEqual(6);
});

test('Another account, consumer or conversation begins another page.', async () => {
  await files(100);
  const rows = ['acme,c-1,', 'acme,c-1,v', 'acme,c-2,', 'other,c-2,', 'acme,c-1,w'];
  const { directory } = await stored(
    `source,account,consumer,conversation\n${rows.map((row) => `0.jpg,${row}\n`).join('')}`,
  );
  const { pages } = await cutAll(directory, 3);
  expect(pages.map(({ account, consumer, conversationId }) => `${account} ${consumer} ${conversationId}`)).toEqual([
    'acme c-1 null',
    'acme c-1 v',
    'acme c-2 null',
    'other c-2 null',
    'acme c-1 w',
  ]);
});

test('A file above the limit is alone on its page, and bytes end a page.', async () => {
  const names = await files(100, PAGE_LIMITS.bytes + 1, 100, PAGE_LIMITS.bytes - 50, 100);
  const { directory } = await stored(`source\n${names}\n`, { accountOf: anySize });
  expect(linesOf((await cutAll(directory, 8)).pages)).toEqual([[2], [3], [4], [5], [6]]);
});

test('The JSON of a page stays below its limit.', async () => {
  const names = await files(...Array.from({ length: 50 }, () => 100));
  const { directory } = await stored(`source\n${names}\n`, { caption: 'ü'.repeat(1000) });
  const { pages } = await cutAll(directory, 8);
  expect(pages.length).toBeGreaterThan(1);
  for (const { lines } of pages) expect(Buffer.byteLength(JSON.stringify(lines))).toBeLessThan(PAGE_LIMITS.jsonBytes);
  expect(pages.flatMap(({ lines }) => lines)).toHaveLength(50);
});

test('Bad rows are handed out as failed, once, and a pass has only the lines that it wants.', async () => {
  const names = await files(100, 100, 100);
  const { directory } = await stored(`source\nnone.jpg\n${names}\ngone.jpg\n`);
  const cut = await cutAll(directory, 1);
  expect(linesOf(cut.pages)).toEqual([[3, 4, 5]]);
  const refused = cut.bad.flatMap(({ results }) => results);
  expect(refused.map(({ line, state, error }) => `${line} ${state} ${error?.code}`)).toEqual([
    '2 failed SOURCE_MISSING',
    '6 failed SOURCE_MISSING',
  ]);
  expect(refused.every((line) => line.refused === true)).toBe(true);
  const again = await cutAll(directory, 1, (line) => line === 4);
  expect([linesOf(again.pages), again.bad]).toEqual([[[4]], []]);
});

test('A manifest is kept for its owner alone, once, and refused where others may write.', async () => {
  await files(100);
  const { job, directory } = await stored('source\n0.jpg\n', { lanes: 3 });
  const path = join(directory, 'manifest.jsonl');
  expect([(await stat(directory)).mode & 0o777, (await stat(path)).mode & 0o777]).toEqual([0o700, 0o600]);
  const before = await readFile(path, 'utf8');
  const again = await prepare(scratch.path, 'm.csv', { lanes: 9 });
  expect(await storeManifest(stateDir(), again)).toBe(false);
  expect(await readFile(path, 'utf8')).toBe(before);
  expect(await readHeader(directory)).toEqual(job.header);
  await chmod(directory, 0o777);
  await expect(storeManifest(stateDir(), again)).rejects.toMatchObject({ code: 'CONFIG_NOT_TRUSTED' });
});

test('A job has 8 lanes for each host, unless it names their number.', async () => {
  await files(100);
  const lanesOf = async (options: Parameters<typeof prepare>[2]): Promise<number> =>
    (await prepare(scratch.path, 'm.csv', options)).input.lanes;
  await stored('source\n0.jpg\n');
  await expect(lanesOf({})).resolves.toBe(8);
  await expect(lanesOf({ hosts: ['a', 'b'] })).resolves.toBe(16);
  await expect(lanesOf({ hosts: ['a', 'b'], lanes: 3 })).resolves.toBe(3);
});

test('A manifest that is missing or damaged is told apart from one that has no more pages.', async () => {
  await files(100);
  const { directory } = await stored('source\n0.jpg\n');
  const cut = (at: string) => cutPages({ directory: at, pass: 1, from: START, wanted: 1, isWanted: () => true });
  await expect(cut(join(stateDir(), 'jobs', 'none'))).rejects.toMatchObject({ code: 'JOB_FILES_UNUSABLE' });
  await writeFile(join(directory, 'manifest.jsonl'), '{"type":"job-manifest"}\n{"line":');
  await expect(cut(directory)).rejects.toMatchObject({ code: 'JOB_FILES_UNUSABLE' });
});

test('A job is found by any beginning of its id that only one job has.', async () => {
  for (const id of ['acme-jan-1', 'acme-jan-12', 'acme-feb-3'])
    await mkdir(join(stateDir(), 'jobs', id), { recursive: true });
  expect(findJob(stateDir(), 'acme-f')).toBe('acme-feb-3');
  expect(findJob(stateDir(), 'acme-jan-1')).toBe('acme-jan-1');
  expect(() => findJob(stateDir(), 'acme-j')).toThrow(/Several jobs begin with acme-j/);
  for (const id of ['', 'x', '../state']) expect(() => findJob(stateDir(), id)).toThrow(/There is no job/);
});
