import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { keepMemoryOutOfCores } from '../../src/worker/no-core';

const onLinux = existsSync('/proc/self/coredump_filter') ? test : test.skip;

onLinux('a core file of a worker holds none of its memory', () => {
  const before = readFileSync('/proc/self/coredump_filter', 'utf8');
  keepMemoryOutOfCores();
  // oxlint-disable-next-line jest/no-standalone-expect -- onLinux is a test
  expect(Number.parseInt(readFileSync('/proc/self/coredump_filter', 'utf8'), 16)).toBe(0);
  execFileSync('/bin/sh', ['-c', `echo 0x${before.trim()} > /proc/${process.pid}/coredump_filter`]);
});
