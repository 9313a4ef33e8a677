import type { FerryClient } from '../../../client/types';
import { defined } from '../../../lib/defined';
import type { CommandEnvironment } from '../command';
import { EXIT, worstExit, type ExitCode } from '../exit-codes';
import { formatSpan } from '../output/durations';
import { followAgain } from '../output/hints';
import { openFollowing } from './following';
import { tellOutcome } from './results';
import { widestOf } from './rows';
import type { FollowItem } from './tracked';

export interface FollowOneOptions {
  /** With `--json`: one `event` a change, before the receipt or error. */
  readonly printEvents: boolean;
  readonly untilMs?: number;
  readonly timeoutMs?: number;
}

/** Follows one transfer to its end and prints the result, which decides the exit code. */
export async function followOne(
  environment: CommandEnvironment,
  client: FerryClient,
  item: FollowItem,
  options: FollowOneOptions,
): Promise<ExitCode> {
  const { output, flags } = environment;
  const codes: ExitCode[] = [];
  const widest = widestOf([item.label]);
  const later = followAgain(flags, [item.transferId]);
  const following = openFollowing({
    environment,
    client,
    widest,
    counts: () => ({ total: 1, done: 0, failed: 0 }),
    later: () => later,
    ...defined({ untilMs: options.untilMs }),
    onEvent: (_tracked, event) => options.printEvents && output.document(event),
    onEnd(_tracked, outcome) {
      codes.push(tellOutcome(environment, item, outcome, { widest }));
    },
  });
  following.add(item);
  const end = await following.finish();
  if (end === 'interrupted') {
    output.note(`The transfer goes on. Follow again: ${later}`);
    return EXIT.interrupted;
  }
  if (end === 'timeout') {
    const message = `${item.source} did not end within ${formatSpan(options.timeoutMs ?? 0)}.`;
    const remedy = `The transfer goes on; follow it again with ${later}.`;
    output.error({ code: 'TIMEOUT', message, remedy }, { transferId: item.transferId, source: item.source });
    return EXIT.timeout;
  }
  return worstExit(codes);
}
