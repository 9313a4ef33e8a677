import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  endProcess,
  isSameProcess,
  pidWorld,
  processStartTime,
  signalProcess,
  startTimeFromPs,
  thisProcess,
} from '../../src/lib/process-identity';

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process that says one line when its code has run. */
async function start(code: string): Promise<ChildProcess & { pid: number }> {
  const child = spawn(process.execPath, ['-e', `${code}; console.log('ready'); setInterval(() => {}, 1000)`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child as ChildProcess & { pid: number };
}

function identityOf(pid: number): { pid: number; startTime: string } {
  return { pid, startTime: processStartTime(pid) ?? 'none' };
}

test('A living process has one start time, and a process that does not exist has none', () => {
  expect(processStartTime(process.pid)).toBe(processStartTime(process.pid));
  expect(thisProcess()).toEqual(identityOf(process.pid));
  for (const pid of [0, -1, 1.5, Number.NaN, 2 ** 30]) expect(processStartTime(pid)).toBeNull();
});

test('The start time that ps prints does not depend on the time zone or the language of the caller', () => {
  const { TZ, LC_ALL } = process.env;
  try {
    const seen = ['UTC', 'Asia/Tokyo', 'America/New_York'].map((zone) => {
      Object.assign(process.env, { TZ: zone, LC_ALL: 'de_DE.UTF-8' });
      return startTimeFromPs(process.pid);
    });
    expect(seen[0]).toMatch(/\d\d:\d\d:\d\d \d{4}$/);
    expect(new Set(seen).size).toBe(1);
  } finally {
    restore('TZ', TZ);
    restore('LC_ALL', LC_ALL);
  }
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

test('A process with the same pid and another start time is not the same process, and gets no signal', async () => {
  const child = await start('');
  const other = { pid: child.pid, startTime: 'another' };
  expect(isSameProcess(other)).toBe(false);
  expect(signalProcess(other, 'SIGKILL')).toBe(false);
  await endProcess(other, 0);
  expect(isSameProcess(identityOf(child.pid))).toBe(true);
});

test('A process that ignores SIGTERM is killed after its grace', async () => {
  const child = await start("process.on('SIGTERM', () => {})");
  const identity = identityOf(child.pid);
  await endProcess(identity, 50);
  expect(isSameProcess(identity)).toBe(false);
});

test('The world of pids is one for all processes of this host and container', () => {
  const other = execFileSync(process.execPath, [
    '-r',
    join(__dirname, '../support/register-ts.cjs'),
    '-p',
    `require(${JSON.stringify(join(__dirname, '../../src/lib/process-identity.ts'))}).pidWorld()`,
  ]);
  expect(pidWorld()).not.toBeNull();
  expect(other.toString().trim()).toBe(pidWorld());
});
