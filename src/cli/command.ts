import type { ExitCode } from './exit-codes';
import type { Io } from './io';
import type { Output } from './output';

/** Flags that every command understands. */
export interface GlobalFlags {
  readonly json?: boolean;
  /** Another ferry.toml. */
  readonly config?: string;
  /** State directory of an `up` of one's own. */
  readonly state?: string;
}

/** What every command is given beside its own options. */
export interface CommandEnvironment {
  readonly io: Io;
  readonly output: Output;
  readonly flags: GlobalFlags;
}

/** A command: returns its exit code, or throws a FerryError that ends it. */
export type CommandRun<Options extends object> = (
  environment: CommandEnvironment,
  options: Options,
  words: readonly string[],
) => Promise<ExitCode>;
