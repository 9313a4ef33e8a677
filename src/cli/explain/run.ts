import { ERROR_CODES, ERROR_TABLE, FerryError, isErrorCode, type ErrorCode } from '../../errors';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { columnsOf } from '../shared/io';
import { defined } from '../../lib/defined';
import { suggest } from '../../lib/suggest';
import type { Output } from '../shared/output/output';
import { tableLines, type Column } from '../shared/output/table';

const DOES = {
  retry: 'tries again with growing pauses, without end',
  renew: 'asks for a fresh link or token and goes on; no attempt is counted as failed',
  wait: 'waits, and goes on by itself when it is there',
  park: 'stops: only a person can mend it',
  fail: 'refuses: it can never succeed as asked',
} as const;

const COLUMNS: readonly Column[] = [{ title: 'CODE' }, { title: 'FERRY' }, { title: 'MEANING', shrink: true }];

/** The error table's row of one code; without a code, all of them. */
export function runExplain(
  { io, output }: CommandEnvironment,
  _options: object,
  words: readonly string[],
): Promise<ExitCode> {
  if (words[0] === undefined) return listCodes(output, columnsOf(io.stdout));
  const code = words[0].toUpperCase().replaceAll('-', '_');
  if (!isErrorCode(code)) throw unknownCode(words[0]);
  const { meaning, does, remedy, lineRemedy } = ERROR_TABLE[code];
  output.document(rowDocument(code));
  const inJob = lineRemedy === undefined ? '' : `\n  In a job: ${lineRemedy}`;
  output.answer(`${output.out.strong(code)}\n  ${meaning}\n  Ferry ${DOES[does]}.\n  You: ${remedy}${inJob}`);
  return Promise.resolve(EXIT.done);
}

function listCodes(output: Output, columns: number): Promise<ExitCode> {
  for (const code of ERROR_CODES) output.document(rowDocument(code));
  const rows = ERROR_CODES.map((code) => [code, ERROR_TABLE[code].does, ERROR_TABLE[code].meaning]);
  if (!output.json) output.answer(tableLines(COLUMNS, rows, columns).join('\n'));
  output.note('ferry explain CODE says what you can do.');
  return Promise.resolve(EXIT.done);
}

/** `{"type":"status","v":1,"code","meaning","does","remedy"}`; `lineRemedy` where a line of a job needs another remedy */
function rowDocument(code: ErrorCode): object {
  const { meaning, does, remedy, lineRemedy } = ERROR_TABLE[code];
  return { type: 'status', v: 1, code, meaning, does, remedy, ...defined({ lineRemedy }) };
}

function unknownCode(word: string): FerryError {
  const close = suggest(word.toUpperCase(), ERROR_CODES);
  const hint = close === null ? 'ferry explain lists them all.' : `Did you mean ${close}?`;
  return new FerryError('USAGE', `There is no error code ${JSON.stringify(word)}. ${hint}`);
}
