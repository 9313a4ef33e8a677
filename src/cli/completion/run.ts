import type { Command } from 'commander';
import type { CommandRun } from '../shared/command';
import { completionScript, isShell } from './script';
import { EXIT } from '../shared/exit-codes';
import { usageError } from '../shared/output/output';

/** Prints a completion script that is generated from the program, so that it has every flag. */
export function completionOf(program: Command): CommandRun<object> {
  return ({ output }, _options, words) => {
    const shell = words[0] ?? '';
    if (!isShell(shell))
      throw usageError(`There is completion for bash, zsh and fish, not for ${JSON.stringify(shell)}.`);
    const script = completionScript(program, shell);
    output.document({ type: 'status', v: 1, shell, script });
    output.answer(script.trimEnd());
    return Promise.resolve(EXIT.done);
  };
}
