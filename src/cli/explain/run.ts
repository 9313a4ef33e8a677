import { ERROR_CODES, ERROR_TABLE, FerryError, isErrorCode } from '../../errors';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { lazy } from '../shared/lazy';

const DOES = {
  retry: 'tries again with growing pauses, without end',
  renew: 'asks for a fresh link or token and goes on; no attempt is counted as failed',
  wait: 'waits, and goes on by itself when it is there',
  park: 'stops: only a person can mend it',
  fail: 'refuses: it can never succeed as asked',
} as const;

/** The error table's row of one code. */
export function runExplain(
  { output }: CommandEnvironment,
  _options: object,
  words: readonly string[],
): Promise<ExitCode> {
  const code = (words[0] ?? '').toUpperCase().replaceAll('-', '_');
  if (!isErrorCode(code)) throw unknownCode(words[0] ?? '');
  const { meaning, does, remedy } = ERROR_TABLE[code];
  output.document({ type: 'status', v: 1, code, meaning, does, remedy });
  output.answer(`${output.out.strong(code)}\n  ${meaning}\n  Ferry ${DOES[does]}.\n  You: ${remedy}`);
  return Promise.resolve(EXIT.done);
}

function unknownCode(word: string): FerryError {
  const { suggest } = lazy.suggest();
  const close = suggest(word.toUpperCase(), ERROR_CODES);
  const hint = close === null ? 'docs/errors.md lists them all.' : `Did you mean ${close}?`;
  return new FerryError('USAGE', `There is no error code ${JSON.stringify(word)}. ${hint}`);
}
