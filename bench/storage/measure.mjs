import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const TIME = '/usr/bin/time';

/** Runs a shell command: wall time, CPU seconds and peak memory of it and its children, and its output. */
export function measure(command, { env = {}, input } = {}) {
  const timed = existsSync(TIME) ? [TIME, ['-f', '%U %S %M', 'sh', '-c', command]] : ['sh', ['-c', command]];
  const begun = performance.now();
  const { status, stdout, stderr } = spawnSync(timed[0], timed[1], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    input,
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = (performance.now() - begun) / 1000;
  if (status !== 0) throw new Error(`${command.slice(0, 200)} ended with ${status}: ${stderr.slice(-2000)}`);
  const [user, system, kib] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { seconds, cpuSeconds: user + system, peakMiB: kib / 1024, stdout };
}

export const isInstalled = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { min: sorted[0], median: sorted[sorted.length >> 1], max: sorted.at(-1) };
}

export const shown = ({ min, median, max }) => [min, median, max].map((value) => value.toFixed(2)).join(' / ');
