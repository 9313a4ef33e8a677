import { toFerryError, type FerryError } from '../../errors';
import { inLanes } from '../../lib/lanes';

/** Lines of a page that are under way at the same time. */
const LINES_AT_ONCE = 8;

/**
 * Runs `work` for the lines of a page. A failed line does not stop the other lines. When a service is away, no further
 * line starts.
 *
 * After a failed attempt, the first line runs alone and may wait inside the worker until the service is back. Many
 * waiting lines would block other pages, and would resume one by one.
 *
 * @param work resolves when the line is settled
 * @throws the signal's reason, or the failure of a line; in both cases after all running lines have ended
 */
export async function forLines<Line>(
  lines: readonly Line[],
  { number, signal }: { readonly number: number; readonly signal: AbortSignal },
  work: (line: Line, patience: 'patient' | 'hasty') => Promise<void>,
): Promise<void> {
  const failures: FerryError[] = [];
  const stop = new AbortController();
  const attempt = async (line: Line, patience: 'patient' | 'hasty'): Promise<void> => {
    try {
      await work(line, patience);
    } catch (thrown) {
      const error = toFerryError(thrown);
      failures.push(error);
      if (error.row.service === 'away' || error.row.does === 'wait') stop.abort();
    }
  };
  const [first, ...others] = lines;
  if (number > 1 && first !== undefined) await attempt(first, 'patient');
  const options = { signal: AbortSignal.any([signal, stop.signal]) };
  await inLanes(number > 1 ? others : lines, LINES_AT_ONCE, (line) => attempt(line, 'hasty'), options);
  signal.throwIfAborted();
  const [failure] = failures;
  if (failure !== undefined) throw failure;
}
