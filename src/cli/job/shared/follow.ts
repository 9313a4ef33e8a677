import type { FerryClient, JobStatus } from '../../../client/types';
import type { CommandEnvironment } from '../../shared/command';
import { EXIT, type ExitCode } from '../../shared/exit-codes';
import { startMonitor } from '../../shared/follow/monitor';
import { formatSpan } from '../../shared/output/durations';
import { repeatedFlags } from '../../shared/output/hints';
import { jobDocument } from './document';
import { createJobReporter } from './reporter';
import { endWords, reasonLines, troubleWords } from './words';

export interface FollowJobOptions {
  /** With `--json`, prints one `event` for each change, and the status at the end. */
  readonly printEvents: boolean;
  /** When the command began, in milliseconds since the epoch. */
  readonly startedMs: number;
  /** Milliseconds. @default no limit */
  readonly timeout?: number;
}

/** The longest delay that a timer accepts. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Follows a job to its end and prints the result; the exit code says how the job ended. The job goes on when the
 * command ends early.
 */
export async function followJob(
  environment: CommandEnvironment,
  client: FerryClient,
  jobId: string,
  { printEvents, startedMs, timeout }: FollowJobOptions,
): Promise<ExitCode> {
  const { io, output, flags } = environment;
  const later = `ferry job watch ${jobId}${repeatedFlags(flags)}`;
  const timedOut = new AbortController();
  const leftMs = timeout === undefined ? LONGEST_TIMER_MS : Math.max(0, startedMs + timeout - io.now());
  const timer = setTimeout(() => timedOut.abort(), Math.min(leftMs, LONGEST_TIMER_MS));
  const reporter = createJobReporter(environment, later);
  let end: JobStatus | null = null;
  // Empty while it is not known.
  let host = '';
  const stopMonitor = startMonitor({
    client,
    reporter,
    hosts: () => (host === '' ? [] : [host]),
    words: { what: 'the job waits and goes on by itself', moved: `ferry job move ${jobId} --host NEW` },
  });
  try {
    const signal = AbortSignal.any([io.interrupted, timedOut.signal]);
    for await (const { status, ...event } of client.jobs.watch(jobId, { signal })) {
      if (printEvents) output.document({ ...event, status: jobDocument(status) });
      ({ host } = status);
      if (event.kind === 'end') end = status;
      else reporter.show(status);
    }
  } finally {
    clearTimeout(timer);
    stopMonitor();
    reporter.close();
  }
  if (end !== null) return tellEnd(environment, end);
  if (io.interrupted.aborted) {
    output.note(`The job goes on. Follow again: ${later}`);
    return EXIT.interrupted;
  }
  const message = `The job ${jobId} did not end within ${formatSpan(timeout ?? 0)}.`;
  output.error({ code: 'TIMEOUT', message, remedy: `The job goes on; follow it again with ${later}.` });
  return EXIT.timeout;
}

/** Prints the status at the end, the failures, and the commands that retry them. */
export function tellEnd({ output, flags }: CommandEnvironment, status: JobStatus): ExitCode {
  output.document(jobDocument(status));
  output.answer(`${status.jobId}: ${endWords(status)}`);
  const trouble = status.state === 'failed' ? troubleWords(status, flags) : null;
  if (trouble !== null) output.note(trouble);
  if (status.state === 'cancelled') output.note('The same ferry job start goes on with the lines that were not sent.');
  for (const line of reasonLines(status, flags)) output.note(line);
  if (status.reasons.length > 0) {
    output.note(`Every line: ferry job report ${status.jobId} --state failed,parked${repeatedFlags(flags)}`);
  }
  return exitOfJob(status);
}

export function exitOfJob({ state, counts }: JobStatus): ExitCode {
  return state === 'done' && counts.failed + counts.parked === 0 ? EXIT.done : EXIT.failed;
}
