import type { LineProblem, PreparedJob } from '../../../jobs/types';
import { defined } from '../../../lib/defined';
import type { CommandEnvironment } from '../../shared/command';
import { EXIT, type ExitCode } from '../../shared/exit-codes';
import { count, safe } from '../../shared/output/text';

/** The error with every problem; null when the job can start. */
export function tellRefused(environment: CommandEnvironment, job: PreparedJob, skipBad: boolean): ExitCode | null {
  const { output } = environment;
  const { problems, problemCount, isUnreadable, good, bad } = job;
  if (problemCount === 0) return null;
  for (const problem of problems) tellProblem(environment, problem);
  if (problemCount > problems.length) {
    output.note(`${count(problemCount - problems.length, 'more problem')} not listed.`);
  }
  const lines = count(good + bad, 'line');
  if (skipBad && !isUnreadable) {
    output.note(`${bad.toLocaleString('en-US')} of ${lines} refused, ${good.toLocaleString('en-US')} left to send.`);
    return null;
  }
  const rest = isUnreadable || good === 0 ? 'Correct the manifest first.' : '--skip-bad sends the rest.';
  const refused = isUnreadable ? 'the manifest is refused' : `${bad.toLocaleString('en-US')} of ${lines} refused`;
  output.note(`Nothing was sent: ${refused}. ${rest}`);
  return EXIT.usage;
}

function tellProblem({ output, io }: CommandEnvironment, { line, column, field, source, error }: LineProblem): void {
  const owner = { line, column, ...defined({ field: field ?? undefined, source: source ?? undefined }) };
  output.document({ type: 'error', v: 1, error: { ...error, ...owner } });
  const where = [`line ${line}`, ...(column === null ? [] : [`column ${column}`])].join(', ');
  const what = field === null ? where : `${where} (${safe(field)})`;
  io.stderr.write(`${output.err.bad('ferry:')} ${what}: ${safe(error.message)} ${output.err.dim(`[${error.code}]`)}\n`);
}
