import { fork, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { thisProcess } from '../../src/lib/process-identity';
import { boundLogs } from '../../src/supervisor/bound-logs';
import { choosePorts, DEFAULT_PORTS } from '../../src/supervisor/choose-ports';
import { createFile } from '../../src/supervisor/files';
import { acquireLock, lockHolder } from '../../src/supervisor/lock';
import { fixture } from './up-process';

const DEAD = JSON.stringify({ pid: process.pid, startTime: 'of another process' });

let root: string;
const servers: Server[] = [];
const children: ChildProcess[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ferry-pieces-'));
});

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

/** Listens on the port, unless another does so already. */
async function occupy(port: number): Promise<number> {
  const server = createServer();
  servers.push(server);
  return await new Promise((resolve) => {
    server.once('error', () => resolve(port));
    server.listen(port, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
}

test('A default port that is busy gives way to the next free one and says so', async () => {
  await occupy(DEFAULT_PORTS.temporal);
  const notices: string[] = [];
  const { temporal } = await choosePorts({ ui: 0, sandbox: 0 }, (sentence) => notices.push(sentence));
  expect(temporal).toBeGreaterThan(DEFAULT_PORTS.temporal);
  expect(notices).toEqual([`Port ${DEFAULT_PORTS.temporal} is in use; Temporal takes ${temporal}.`]);
});

test('A given port that is busy is an error, also when two parts are given the same one', async () => {
  const port = await occupy(0);
  const silent = (): void => undefined;
  await expect(choosePorts({ temporal: 0, ui: port, sandbox: 0 }, silent)).rejects.toMatchObject({ code: 'PORT_BUSY' });
  servers.pop()?.close();
  const both = choosePorts({ temporal: port, ui: 0, sandbox: port }, silent);
  await expect(both).rejects.toMatchObject({ code: 'PORT_BUSY' });
});

test.each(Array.from({ length: 8 }, (_, round) => round))(
  'Of many that find the lock of a dead holder at once, exactly one gets it (%i)',
  async () => {
    const lock = join(root, 'up.lock');
    writeFileSync(lock, DEAD);
    expect(lockHolder(lock)).toBeNull();
    const contenders = Array.from({ length: 6 }, () => fork(fixture('take-lock.cjs'), [lock], { execArgv: [] }));
    children.push(...contenders);
    await Promise.all(contenders.map(answer));
    const answers = await Promise.all(
      contenders.map((each) => {
        const said = answer(each);
        each.send('go');
        return said;
      }),
    );
    expect(answers.toSorted()).toEqual([...Array<string>(5).fill('ALREADY_UP'), 'got it']);
    expect(lockHolder(lock)?.pid).toBe(contenders[answers.indexOf('got it')]?.pid);
  },
);

async function answer(child: ChildProcess): Promise<string> {
  return await new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as string));
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
  });
}

test('A lock that is let go can be taken again, and only its holder lets it go', () => {
  const file = join(root, 'up.lock');
  const first = acquireLock(file, thisProcess());
  expect(() => acquireLock(file, thisProcess())).toThrow(expect.objectContaining({ code: 'ALREADY_UP' }));
  first.release();
  acquireLock(file, thisProcess());
  writeFileSync(file, JSON.stringify({ pid: 1, startTime: '0' }));
  first.release();
  expect(existsSync(file)).toBe(true);
});

test('One that was killed while it took a dead holder away keeps nobody from the lock', () => {
  const lock = join(root, 'up.lock');
  writeFileSync(lock, DEAD);
  const claim = `${lock}.${createHash('sha256').update(DEAD).digest('hex').slice(0, 8)}`;
  writeFileSync(claim, JSON.stringify({ pid: process.pid, startTime: 'of a third process' }));
  acquireLock(lock, thisProcess());
  expect(lockHolder(lock)).toEqual(thisProcess());
  expect(readdirSync(root)).toEqual(['up.lock']);
});

test('A file that is made once is not made twice', () => {
  const file = join(root, 'once');
  expect(createFile(file, 'first')).toBe(true);
  expect(createFile(file, 'second')).toBe(false);
  expect(readFileSync(file, 'utf8')).toBe('first');
});

test('A log that grew too long is set aside, and its writer goes on in the emptied one', () => {
  const log = join(root, 'worker.log');
  appendFileSync(log, 'x'.repeat(2_000));
  writeFileSync(join(root, 'sandbox.log'), 'short');
  boundLogs(root, 1_000);
  expect(statSync(log).size).toBe(0);
  expect(statSync(`${log}.1`).size).toBe(2_000);
  expect(readFileSync(join(root, 'sandbox.log'), 'utf8')).toBe('short');
});

test('Logs whose directory was taken away end nothing', () => {
  expect(() => boundLogs(join(root, 'gone'), 1_000)).not.toThrow();
});
