import type { FerryClient, TransferEvent } from '../../client/types';
import type { CommandEnvironment } from '../command';
import { EXIT, worstExit, type ExitCode } from '../exit-codes';
import { openFollowing } from '../follow/following';
import { tellOutcome } from '../follow/results';
import { widestOf } from '../follow/rows';
import type { FollowItem } from '../follow/tracked';
import { followAgain } from '../hints';
import { readSettings, withClient } from '../settings';
import { safe } from '../text';
import { formatSpan } from '../durations';
import { basename } from 'node:path';
import { defined } from '../../lib/defined';

export interface WatchOptions {
  readonly timeout?: number;
}

export async function runWatch(
  environment: CommandEnvironment,
  options: WatchOptions,
  words: readonly string[],
): Promise<ExitCode> {
  const { io, flags } = environment;
  const startedMs = io.now();
  const settings = await readSettings(io, flags);
  return withClient(settings, io, async (client) => {
    const transferId = await client.resolveId(words[0] ?? '');
    const status = await client.status(transferId);
    const label = safe(basename(status.source) || status.source);
    const item = { transferId, label, source: status.source, host: settings.hostId, repeated: false };
    return followOne(environment, client, item, {
      printEvents: true,
      ...(options.timeout === undefined ? {} : { untilMs: startedMs + options.timeout, timeoutMs: options.timeout }),
    });
  });
}

export interface FollowOneOptions {
  /** With `--json`: one `event` a change, before the receipt or error. */
  readonly printEvents: boolean;
  readonly untilMs?: number;
  readonly timeoutMs?: number;
}

/** Follows one transfer to its end and tells it; the exit code says how it ended. */
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
    onEvent: (_tracked, event) => options.printEvents && output.document(eventDocument(event)),
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
    const message = `${item.source} was not through within ${formatSpan(options.timeoutMs ?? 0)}.`;
    const remedy = `The transfer goes on; follow it again with ${later}.`;
    output.error({ code: 'TIMEOUT', message, remedy }, { transferId: item.transferId, source: item.source });
    return EXIT.timeout;
  }
  return worstExit(codes);
}

function eventDocument(event: TransferEvent): object {
  return event;
}
