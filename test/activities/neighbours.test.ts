import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Neighbours } from '../../src/activities/limits/neighbours';
import { watchProcesses } from '../../src/activities/limits/own-process';
import { processStartTime } from '../../src/lib/process-identity';
import type { Neighbour } from '../../src/contract';

const neighbour = (workerId: string): Neighbour => ({ workerId, pid: 1, startTime: '1', world: 'x' });

function watch(workerId: string, others: readonly string[]) {
  const ended = new Set<string>();
  const neighbours = new Neighbours(workerId, (one) => ended.has(one.workerId));
  neighbours.know(others.map(neighbour));
  return { ended, neighbours, looks: (count: number) => Array.from({ length: count }, () => neighbours.look()) };
}

test('An ended process is reported once, with the second look.', () => {
  const { ended, looks } = watch('a', ['b', 'c']);
  expect(looks(1)).toEqual([[]]);
  ended.add('c');
  expect(looks(4)).toEqual([[], ['c'], [], []]);
});

test('The first of the living neighbours reports; the others do so only when it does not.', () => {
  const { ended, neighbours, looks } = watch('c', ['a', 'b', 'd']);
  ended.add('d');
  expect(looks(3)).toEqual([[], [], []]);
  expect(looks(1)).toEqual([['d']]);
  // A later grant no longer names it.
  ended.add('b');
  looks(1);
  neighbours.know([neighbour('a')]);
  expect(looks(5).flat()).toEqual([]);
});

test('A neighbour that is dead as well does not report.', () => {
  const { ended, looks } = watch('c', ['a', 'd']);
  ended.add('d').add('a');
  expect(looks(2)).toEqual([[], ['a', 'd']]);
});

(process.platform === 'linux' ? describe : describe.skip)('On Linux', () => {
  test('a process has ended when it was killed, not when it is stopped, and never when it runs elsewhere', async () => {
    const { process: own, hasEnded } = watchProcesses();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' });
    const exited = once(child, 'exit');
    const pid = child.pid ?? 0;
    const one = { workerId: 'b', pid, startTime: processStartTime(pid) ?? '', world: own?.world ?? '' };
    expect(hasEnded(one)).toBe(false);
    expect(hasEnded({ ...one, startTime: '1' })).toBe(true);
    child.kill('SIGSTOP');
    expect(hasEnded(one)).toBe(false);
    child.kill('SIGKILL');
    await exited;
    expect(hasEnded(one)).toBe(true);
    expect(hasEnded({ ...one, world: 'another machine' })).toBe(false);
  });
});
