/** What a command is: its flags and help, and the function that runs it. */
import type { Command } from 'commander';
import type { ExitCode } from './exit-codes';
import type { Io } from './io';
import type { Output } from './output/output';

/** Flags that every command understands. */
export interface GlobalFlags {
  readonly json?: boolean;
  /** Another ferry.toml. */
  readonly config?: string;
  /** State directory of another `ferry up`. */
  readonly state?: string;
}

/** The arguments of every command beside its own options. */
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

/** One command as the program lists it. Each folder of `src/cli/` has one, in its `command.ts`. */
export interface CommandDefinition {
  /** Name and arguments, such as `send [files...]`. */
  readonly usage: string;
  readonly description: string;
  /** Adds the flags that only this command has. */
  readonly addFlags?: (command: Command) => Command;
  /** Sentences for below the flags. @default none */
  readonly help?: string;
  /** Command lines for the end of the help. */
  readonly examples: readonly string[];
  /**
   * Loads the code of the command. `ferry --help` and other commands must start without that code, so a `command.ts`
   * imports only types of its `run.ts`. The options are what `addFlags` declares: commander makes them, nothing checks.
   */
  readonly load: (program: Command) => CommandRun<never>;
  /**
   * Words that `--state` also accepts, separated by commas, as the option `states`. Any other value is the state
   * directory.
   */
  readonly statesOf?: readonly string[];
}

/** Commands that share their first word, such as `ferry job`. */
export interface CommandGroup {
  readonly name: string;
  readonly description: string;
  readonly help?: string;
  readonly examples: readonly string[];
  /** Their usage begins after the first word: `start <manifest>`. */
  readonly commands: readonly CommandDefinition[];
}
