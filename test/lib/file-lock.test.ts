import { fork, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockHolder, takeFileLock, type FileLock } from '../../src/lib/file-lock';
import { readLock } from '../../src/lib/lock-liveness';
import { pidWorld, thisProcess } from '../../src/lib/process-identity';
import { hasSystemCode } from '../../src/lib/system-code';
import { waitFor } from '../support/wait-for';

let root: string;
let path: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ferry-lock-'));
  path = join(root, 'a.lock');
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  jest.useRealTimers();
  rmSync(root, { recursive: true, force: true });
});

const names = (): string[] => readdirSync(root).toSorted();

async function take(file = path): Promise<FileLock> {
  const { lock } = await takeFileLock(file);
  if (lock === null) throw new Error(`${file} is taken`);
  return lock;
}

/** What a holder writes; by default one of this host that is dead. */
function holder(changes: object = {}): string {
  const dead = { token: 'gone', pid: process.pid, startTime: 'of another process', world: pidWorld(), host: 'here' };
  return JSON.stringify({ ...dead, ...changes });
}

const ELSEWHERE = { world: 'another boot pid:[1]', host: 'elsewhere', pid: 1, startTime: '1' };

function contender(): ChildProcess {
  const child = fork(join(__dirname, 'fixtures/take-lock.cjs'), [path], { execArgv: [] });
  children.push(child);
  return child;
}

async function answer(child: ChildProcess): Promise<string> {
  return await new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as string);
    });
  });
}

async function ask(child: ChildProcess, what: 'take' | 'release' = 'take'): Promise<string> {
  const said = answer(child);
  child.send(what);
  return said;
}

test('A lock refuses every other taker until it is released, and leaves nothing behind', async () => {
  const lock = await take();
  expect(await takeFileLock(path)).toMatchObject({ lock: null, certain: true, holder: { pid: process.pid } });
  expect(lockHolder(path)).toMatchObject(thisProcess());
  lock.release();
  lock.release();
  (await take()).release();
  expect(names()).toEqual([]);
});

test('A lock of a living process refuses other processes, and is free when that process is killed', async () => {
  const child = contender();
  await answer(child);
  expect(await ask(child)).toBe('got it');
  expect(await takeFileLock(path)).toMatchObject({ lock: null, certain: true, holder: { pid: child.pid } });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
  expect(lockHolder(path)).toBeNull();
  (await take()).release();
  expect(names()).toEqual([]);
});

test('Of many processes that find the lock of a dead holder at once, exactly one takes it', async () => {
  const contenders = Array.from({ length: 6 }, contender);
  await Promise.all(contenders.map(answer));
  for (let round = 0; round < 20; round += 1) {
    writeFileSync(path, holder({ token: `gone-${round}` }));
    const answers = await Promise.all(contenders.map((child) => ask(child)));
    expect(answers.toSorted()).toEqual(['got it', ...Array<string>(5).fill('taken')]);
    const winner = contenders[answers.indexOf('got it')]!;
    expect(lockHolder(path)?.pid).toBe(winner.pid);
    expect(await ask(winner, 'release')).toBe('released');
  }
  expect(names()).toEqual([]);
});

test('A process that was killed while it removed a dead lock does not keep others from it', async () => {
  writeFileSync(path, holder());
  const claim = `${path}.${createHash('sha256')
    .update(readLock(path)?.mark ?? '')
    .digest('hex')
    .slice(0, 8)}`;
  writeFileSync(claim, holder({ token: 'third' }));
  (await take()).release();
  expect(names()).toEqual([]);
});

test('The file of a dead holder is removed with its lock', async () => {
  writeFileSync(join(root, '.ferry-gone.holder'), holder());
  linkSync(join(root, '.ferry-gone.holder'), path);
  (await take()).release();
  expect(names()).toEqual([]);
});

test('A lock that another process has taken meanwhile is not removed by its former holder', async () => {
  const lock = await take();
  unlinkSync(path);
  writeFileSync(path, holder({ token: 'other' }));
  lock.release();
  expect(names()).toEqual(['a.lock']);
});

test('A holder of another host is not taken for dead by its clock: an hour behind, it keeps its lock while it beats', async () => {
  writeFileSync(path, holder(ELSEWHERE));
  const hourAgo = Date.now() / 1000 - 3600;
  for (let beat = 0; beat < 5; beat += 1) {
    utimesSync(path, hourAgo + beat, hourAgo + beat);
    expect(await takeFileLock(path, { staleMs: 0 })).toMatchObject({ lock: null, certain: beat > 0 });
  }
  expect(lockHolder(path)).toBeNull();
});

test('A silent holder of another host loses its lock, but not before it was watched for the whole time', async () => {
  writeFileSync(path, holder(ELSEWHERE));
  const inAnHour = Date.now() / 1000 + 3600;
  utimesSync(path, inAnHour, inAnHour);
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'setInterval'] });
  expect(await takeFileLock(path)).toMatchObject({ lock: null, certain: false, holder: { host: 'elsewhere' } });
  jest.advanceTimersByTime(29_000);
  expect(await takeFileLock(path)).toMatchObject({ lock: null, certain: false });
  jest.advanceTimersByTime(2000);
  (await take()).release();
  expect(names()).toEqual([]);
});

test.each(['', '{"token":', '{"token":"../x","pid":1,"startTime":"1"}'])(
  'A lock file that names nobody (%j) is kept until it was watched for the whole time',
  async (text) => {
    writeFileSync(path, text);
    expect(await takeFileLock(path, { staleMs: 60_000 })).toEqual({ lock: null, holder: null, certain: false });
    const { lock } = await takeFileLock(path, { staleMs: 0 });
    expect(lock).not.toBeNull();
    lock?.release();
  },
);

test('A holder shows by a heartbeat that it lives', async () => {
  const lock = await take();
  const before = readLock(path)?.mark;
  expect(await waitFor(() => readLock(path)?.mark !== before || undefined)).toBe(true);
  lock.release();
});

test('The locks of one process in a directory share one file, which is removed with the last lock', async () => {
  const [first, second] = await Promise.all([take(), take(join(root, 'b.lock'))]);
  expect(names().filter((name) => name.endsWith('.holder'))).toHaveLength(1);
  first.release();
  expect(names().filter((name) => name.endsWith('.holder'))).toHaveLength(1);
  second.release();
  expect(names()).toEqual([]);
});

test('Where the directory does not exist nothing is held, and a later take succeeds', async () => {
  const late = join(root, 'late/a.lock');
  const early = takeFileLock(late).catch((error: unknown) => error);
  // The event loop stands still meanwhile, the pool does not: the early try has failed and does not know it yet.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  mkdirSync(join(root, 'late'));
  const lock = await take(join(root, 'late/b.lock'));
  expect(hasSystemCode(await early, 'ENOENT')).toBe(true);
  lock.release();
  (await take(late)).release();
  expect(readdirSync(join(root, 'late'))).toEqual([]);
});

test('A process whose holder file was removed makes another', async () => {
  const first = await take();
  for (const name of names()) if (name.endsWith('.holder')) unlinkSync(join(root, name));
  const lost: unknown = await takeFileLock(join(root, 'b.lock')).catch((error: unknown) => error);
  expect(hasSystemCode(lost, 'ENOENT')).toBe(true);
  const second = await take(join(root, 'b.lock'));
  first.release();
  expect(existsSync(path)).toBe(false);
  second.release();
  expect(names()).toEqual([]);
});

test('The lock names its holder in readable JSON', async () => {
  const lock = await take();
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ ...thisProcess(), world: pidWorld() });
  lock.release();
});
