import { Command } from 'commander';
import { defined } from '../../lib/defined';
import { packageVersion } from '../../lib/package-version';
import { ALL_COMMANDS } from './all-commands';
import type { CommandDefinition, CommandGroup, CommandRun, GlobalFlags } from '../shared/command';
import { refuseEmptyFlags, repeatedFlag } from '../shared/flags/values';
import type { Io } from '../shared/io';

/** Runs a command that the program found. */
export type Launch = (
  command: CommandRun<object>,
  flags: GlobalFlags,
  options: object,
  words: readonly string[],
) => Promise<void>;

const EXAMPLES = `
First minutes:
  $ ferry demo                          the whole story, from nothing, leaving nothing
  $ ferry up                            Temporal, sandbox and worker on this machine (Ctrl-C ends them)
  $ ferry send photo.jpg                in another terminal; run it twice, it sends once
Later:
  $ ferry status                        health of everything; with an ID: one transfer
  $ ferry watch ID                      follow again what Ctrl-C left running
  $ ferry explain URL_REFUSED           what an error code means and what to do

Exit codes: 0 done, 1 fault in Ferry, 2 wrong input, 3 a transfer failed, 4 Temporal cannot be reached,
            5 --timeout passed (the transfer goes on), 130 interrupted (the transfer goes on)
`;

/**
 * The whole command line. A command loads its code only when it runs, so that \`--help\` is quick.
 * @param write receives the texts of help and version
 */
export function createProgram(io: Io, launch: Launch, write: (text: string) => void): Command {
  const program = new Command('ferry');
  program
    .description(
      'Durable file transfers into LivePerson conversations.\nRun it twice, it sends once. Kill it, it goes on.',
    )
    .version(packageVersion(), '-V, --version')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError(false)
    .enablePositionalOptions(false)
    .exitOverride()
    .configureOutput({
      writeOut: write,
      writeErr: write,
      // The caller prints refusals, in the format of all other errors.
      outputError: () => {},
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
    });
  addGlobalFlags(program);
  for (const definition of ALL_COMMANDS) {
    if ('commands' in definition) addGroup(program, definition, launch);
    else addCommand(program, program, definition, launch);
  }
  return program;
}

/** Accepted before and after the name of the command. */
function addGlobalFlags(command: Command, statesOf?: readonly string[]): void {
  const isReport = statesOf !== undefined;
  const meaning = isReport
    ? `only lines in these states: ${statesOf.join(', ')}; or a state directory`
    : 'state directory of a `ferry up` of your own (or FERRY_STATE)';
  command
    .option('--json', 'one JSON document a line on stdout, and nothing else there')
    .option(isReport ? '--state <states>' : '--state <dir>', meaning, repeatedFlag)
    .option('--config <file>', 'another ferry.toml (or FERRY_CONFIG)');
}

function addGroup(program: Command, definition: CommandGroup, launch: Launch): void {
  const group = program.command(definition.name).description(definition.description);
  group.addHelpText('after', helpOf(definition));
  for (const each of definition.commands) addCommand(program, group, each, launch);
}

function helpOf({ help = '', examples }: Pick<CommandDefinition, 'help' | 'examples'>): string {
  const title = examples.length === 1 ? 'Example:' : 'Examples:';
  const parts = [help.trim(), [title, ...examples.map((line) => `  $ ${line}`)].join('\n')];
  return `\n${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function addCommand(program: Command, parent: Command, definition: CommandDefinition, launch: Launch): void {
  const { usage, description, addFlags, load, statesOf } = definition;
  const command = parent.command(usage).description(description).allowExcessArguments(false);
  addGlobalFlags(command, statesOf);
  addFlags?.(command);
  command.addHelpText('after', helpOf(definition)).action(async () => {
    refuseEmptyFlags(program);
    refuseEmptyFlags(command);
    const { json, config, state: _state, ...options } = command.optsWithGlobals<GlobalFlags>();
    const { state, states } = stateOf([program, command], statesOf ?? []);
    const flags = defined({ json, state, config });
    await launch(load(program) as CommandRun<object>, flags, { ...options, ...defined({ states }) }, command.args);
  });
}

interface GivenState {
  readonly state: string | undefined;
  readonly states: readonly string[] | undefined;
}

/** The program accepts `--state` at any place, and passes unknown options to the command. */
function stateOf(commands: readonly Command[], statesOf: readonly string[]): GivenState {
  const given = commands.flatMap((command) => command.opts<{ readonly state?: readonly string[] }>().state ?? []);
  const areStates = (text: string): boolean => text.split(',').every((word) => statesOf.includes(word));
  const states = given.filter(areStates).flatMap((text) => text.split(','));
  return {
    state: given.findLast((text) => !areStates(text)),
    states: states.length === 0 ? undefined : states,
  };
}
