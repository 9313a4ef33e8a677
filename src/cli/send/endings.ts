/** The last lines of `send`: files that did not start, transfers that go on, and the sum. */
import { FerryError } from '../../errors';
import { formatBytes } from '../../lib/bytes';
import type { CommandEnvironment } from '../shared/command';
import { formatSpan } from '../shared/output/durations';
import { EXIT, exitOf, type ExitCode } from '../shared/exit-codes';
import type { FollowItem, Tracked } from '../shared/follow/tracked';
import { fetchCommand, followAgain } from '../shared/output/hints';
import { errorDocument } from '../shared/output/output';
import { count, safe } from '../shared/output/text';
import type { PreparedFile } from './prepare';
import type { NotStarted, Sending, Tally } from './types';

/** These codes concern more than one file. */
const EXITS_OF_THE_WHOLE: readonly ExitCode[] = [EXIT.unreachable, EXIT.fault];

/** Files whose start was refused, one error each. */
export function tellRefusedStarts({ output }: CommandEnvironment, refused: readonly NotStarted[]): ExitCode[] {
  return refused.map(({ file, error }) => {
    output.error(error, { source: file.source });
    const code = exitOf(error.code);
    return EXITS_OF_THE_WHOLE.includes(code) || error.code === 'USAGE' ? code : EXIT.failed;
  });
}

/** Files that did not start because Temporal went away: a document for each, one sentence for people. */
export function tellNotReached({ environment, tally }: Sending, files: readonly PreparedFile[]): ExitCode[] {
  const { output } = environment;
  for (const { source } of files) {
    output.document(errorDocument(new FerryError('TEMPORAL_UNREACHABLE', `${source} was not started.`), { source }));
  }
  if (files.length === 0) return [];
  const started = `${tally.transferIds.length.toLocaleString('en-US')} of ${count(tally.total, 'file')} started`;
  output.note(`${started}. The same command again starts the rest and sends nothing twice.`);
  return [EXIT.unreachable];
}

/** `--timeout` passed: one TIMEOUT for each unfinished file. */
export function tellTimeouts(
  { environment, plan }: Sending,
  unfinished: readonly Tracked[],
  notReached: readonly PreparedFile[],
): ExitCode[] {
  const { output, flags } = environment;
  const limit = formatSpan(plan.options.timeout ?? 0);
  for (const { item } of unfinished) {
    const remedy = `The transfer goes on; follow it again with ${followAgain(flags, [item.transferId])}.`;
    const message = `${item.source} did not end within ${limit}.`;
    output.error({ code: 'TIMEOUT', message, remedy }, { transferId: item.transferId, source: item.source });
  }
  for (const { source } of notReached) {
    const message = `${source} was not started within ${limit}.`;
    output.error({ code: 'TIMEOUT', message, remedy: 'Send it again; nothing is sent twice.' }, { source });
  }
  return unfinished.length + notReached.length > 0 ? [EXIT.timeout] : [];
}

/** Ctrl-C: the transfers go on; prints how to follow them again. */
export function tellInterrupted(
  { environment, tally }: Sending,
  unfinished: readonly Tracked[],
  notReached: readonly PreparedFile[],
): ExitCode {
  const { output, flags } = environment;
  const ids = unfinished.map(({ item }) => item.transferId);
  if (ids.length > 0) {
    const goOn = ids.length === 1 ? 'The transfer goes on' : `${count(ids.length, 'transfer')} go on`;
    output.note(`${goOn}. Follow again: ${followAgain(flags, ids)}`);
  }
  if (notReached.length > 0) {
    const rest = `${count(notReached.length, 'file')} of ${tally.total.toLocaleString('en-US')} not started yet`;
    output.note(`${rest}: the same command again starts the rest and sends nothing twice.`);
  }
  return EXIT.interrupted;
}

/** An equal send was done before, but its conversation is closed by now, so perhaps nobody sees the file. */
export function tellClosed({ output }: CommandEnvironment, { transferId, source }: FollowItem): ExitCode {
  const message = `${source} was sent before, into a conversation that is closed by now; it was not sent again.`;
  const remedy = 'To send the file again into an open conversation, use --again.';
  output.error({ code: 'CONVERSATION_CLOSED', message, remedy }, { transferId, source });
  return EXIT.failed;
}

/** `--verify` with an equal send that was done without it: prints that nothing is verified now. */
export function tellUnverified({ output, flags }: CommandEnvironment, { transferId, source }: FollowItem): void {
  const again = fetchCommand(flags, transferId);
  output.note(safe(`${source} was sent before and is not verified now; to compare what storage has: ${again}`));
}

/** One line for several files: `3 sent, 1 already sent, 1 failed · 4.6 MB · 12 s`. */
export function tellSummary({ output }: CommandEnvironment, tally: Tally, tookMs: number): void {
  if (tally.total < 2) return;
  const parts = [`${(tally.done - tally.repeated).toLocaleString('en-US')} sent`];
  if (tally.repeated > 0) parts.push(`${tally.repeated.toLocaleString('en-US')} already sent`);
  if (tally.failed > 0) parts.push(`${tally.failed.toLocaleString('en-US')} failed`);
  const open = tally.total - tally.done - tally.failed;
  if (open > 0) parts.push(`${open.toLocaleString('en-US')} not finished`);
  output.note(`${parts.join(', ')} · ${formatBytes(tally.bytes)} · ${formatSpan(tookMs)}`);
}
