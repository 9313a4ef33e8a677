import { runCommand } from '../kit/command';
import { readOptions, USAGE } from './options';
import { report } from './report';
import { runJob } from './run';

/** Resolves with the exit code. */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ usage: USAGE, readOptions, run: runJob, report }, args);
}
