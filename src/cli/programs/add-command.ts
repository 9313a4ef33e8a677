import type { Command } from 'commander';
import type { CommandRun } from '../command';

/** Adds one command with the flags that all have, and the way to run it. */
export type AddCommand = <Options extends object>(
  usage: string,
  description: string,
  load: () => CommandRun<Options>,
) => Command;
