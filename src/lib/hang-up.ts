import { basename } from 'node:path';
import { isatty } from 'node:tty';
import type { Env } from './env';

/**
 * True where SIGHUP must not end a program: it was started by nohup. Node forgets at its start that nohup had told the
 * system to ignore the signal, but shells name the program that they started in `_`.
 */
export function startedByNohup(env: Env): boolean {
  return basename(env['_'] ?? '') === 'nohup';
}

/** True while standard input, output or error is a terminal, which can hang up. */
export function hasTerminal(): boolean {
  return [0, 1, 2].some((fd) => isatty(fd));
}
