import { CommanderError } from 'commander';
import { FerryError, isFerryError, toFerryError } from '../../errors';
import { defined } from '../../lib/defined';
import { hasSystemCode } from '../../lib/system-code';
import { shellWord } from '../../lib/shell-word';
import { EXIT, exitOf, type ExitCode } from '../shared/exit-codes';
import type { Io } from '../shared/io';
import { createOutput } from '../shared/output/output';
import { createProgram } from './program';

/** Runs one command line (without `node` and the script) and returns its exit code; never throws. */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  // Errors of the command line come before its flags are parsed, and must be JSON with `--json`.
  const wantsJson = optionsOf(argv).includes('--json');
  let code: ExitCode = EXIT.done;
  let written = '';
  const program = createProgram(
    io,
    async (command, flags, options, words) => {
      const output = createOutput(io, flags.json === true);
      code = await command({ io, output, flags }, options, words);
    },
    (text) => {
      written += text;
    },
  );
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return commanderEnd(thrown, io, wantsJson, written);
    const error = asFerryError(thrown);
    createOutput(io, wantsJson).error(error, ownerOf(error.details));
    if (!isFerryError(thrown) && thrown instanceof Error && io.env['FERRY_DEBUG'] !== undefined) {
      io.stderr.write(`${thrown.stack ?? ''}\n`);
    }
    return exitOf(error.code);
  }
}

function asFerryError(thrown: unknown): FerryError {
  if (isFerryError(thrown) || !hasSystemCode(thrown, 'MODULE_NOT_FOUND')) return toFerryError(thrown);
  const [what = ''] = toFerryError(thrown).message.split('\n');
  return new FerryError('INTERNAL', `Files of Ferry's own program are missing: ${what.replace(/\.?$/, '.')}`, {
    cause: thrown,
    remedy: 'Install Ferry again; in its source tree: npm ci.',
  });
}

function ownerOf(details: Readonly<Record<string, unknown>>): { transferId?: string } {
  const id = details['transferId'];
  return typeof id === 'string' ? { transferId: id } : {};
}

/** The arguments before `--`. The arguments after it are names of files. */
function optionsOf(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end === -1 ? argv : argv.slice(0, end);
}

/**
 * Handles the errors that commander throws after printing help or version, and turns its refusals into usage errors.
 */
function commanderEnd(error: CommanderError, io: Io, json: boolean, written: string): ExitCode {
  const output = createOutput(io, json);
  if (error.exitCode === 0) {
    const text = written.trimEnd();
    output.document({ type: 'status', v: 1, [error.code === 'commander.version' ? 'version' : 'help']: text });
    output.answer(text);
    return EXIT.done;
  }
  if (error.code === 'commander.help') {
    if (json) output.error({ code: 'USAGE', message: 'No command was given.', remedy: 'See ferry --help.' });
    else io.stderr.write(written);
    return EXIT.usage;
  }
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\n?\(Did you mean (.*)\?\)/s, '. Did you mean $1?')
    .replace(/^./, (first) => first.toUpperCase());
  const sentence = /[.?!]$/.test(message) ? message : `${message}.`;
  const remedy = remedyFor(error);
  output.error({ code: 'USAGE', message: sentence, ...defined({ remedy }) });
  return EXIT.usage;
}

/** A file may be named like a flag: `-rf.png`. */
function remedyFor({ code, message }: CommanderError): string | undefined {
  const option = /'(-[^']*)'/.exec(message)?.[1] ?? '';
  const likeFile = code === 'commander.unknownOption' && /\.\w+$/.test(option);
  return likeFile ? `To send a file of this name, write ${shellWord(`./${option}`)} for it.` : undefined;
}
