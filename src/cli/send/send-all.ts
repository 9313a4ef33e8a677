import { randomBytes } from 'node:crypto';
import type { FerryClient, TransferOutcome } from '../../client/types';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, worstExit, type ExitCode } from '../shared/exit-codes';
import { openFollowing } from '../shared/follow/following';
import { tellOutcome } from '../shared/follow/results';
import { widestOf } from '../shared/follow/rows';
import type { FollowItem } from '../shared/follow/tracked';
import { followAgain } from '../shared/output/hints';
import { sendDetached } from './detach';
import {
  tellClosed,
  tellInterrupted,
  tellNotReached,
  tellRefusedStarts,
  tellSummary,
  tellTimeouts,
  tellUnverified,
} from './endings';
import { createClosedCheck, fetchElsewhere } from './already-sent';
import { labelsFor, type PreparedFile } from './prepare';
import { startAll } from './start';
import type { Sending, SendPlan } from './types';
import { roomForOneMore } from './window';

/** On a terminal, more results than this are counted and not listed; failures are always listed. */
const LISTED_RESULTS = 50;

/** Starts all transfers and follows them to their ends; with `--detach`, prints what was started. */
export async function sendAll(
  environment: CommandEnvironment,
  client: FerryClient,
  files: readonly PreparedFile[],
  plan: SendPlan,
  patienceMs = 20_000,
): Promise<ExitCode> {
  const labels = labelsFor(files);
  const sending: Sending = {
    environment,
    client,
    files,
    plan,
    labels,
    widest: widestOf(labels),
    again: plan.options.again === true ? randomBytes(3).toString('hex') : null,
    tally: { total: files.length, done: 0, failed: 0, repeated: 0, bytes: 0, transferIds: [] },
    codes: [],
    isClosedByNow: createClosedCheck(client),
    patienceMs,
  };
  return plan.options.detach === true ? sendDetached(sending) : sendAndFollow(sending);
}

async function sendAndFollow(sending: Sending): Promise<ExitCode> {
  const { environment, client, plan, widest, tally, codes } = sending;
  const { timeout } = plan.options;
  const following = openFollowing({
    environment,
    client,
    widest,
    counts: () => tally,
    later: () => followAgain(environment.flags, tally.transferIds),
    ...(timeout === undefined ? {} : { untilMs: plan.startedMs + timeout }),
    async onEnd(tracked, outcome) {
      // A transfer that this send started may have found that its file had been sent before.
      const repeated = tracked.item.repeated || outcome.receipt?.repeated === true;
      const item = { ...tracked.item, repeated };
      const final = await fetchElsewhere(sending, item, outcome, following.signal);
      if (final === null) return;
      tellEnd(sending, item, final, await sending.isClosedByNow(item, final));
    },
  });
  const { refused, notReached } = await startAll(
    sending,
    (item) => following.add(item),
    following.signal,
    () =>
      roomForOneMore(
        () => following.unfinished(),
        () => environment.io.now(),
        following.signal,
      ),
  );
  const end = await following.finish();
  codes.push(...tellRefusedStarts(environment, refused));
  if (end === 'interrupted') return tellInterrupted(sending, following.unfinished(), notReached);
  if (following.signal.aborted) codes.push(...tellTimeouts(sending, following.unfinished(), notReached));
  else codes.push(...tellNotReached(sending, notReached));
  tellSummary(environment, tally, environment.io.now() - plan.startedMs);
  return worstExit(codes);
}

function tellEnd(
  { environment, files, plan, widest, tally, codes }: Sending,
  item: FollowItem,
  outcome: TransferOutcome,
  closedByNow: boolean,
): void {
  const { io } = environment;
  const quiet = files.length > LISTED_RESULTS && io.stdout.isTTY === true;
  const told = tellOutcome(environment, item, outcome, { widest, quiet });
  const unverified = item.repeated && plan.options.verify === true && outcome.receipt?.bytesFetched === 0;
  if (unverified && plan.fetchTo === null) tellUnverified(environment, item);
  const code = closedByNow ? tellClosed(environment, item) : told;
  codes.push(code);
  if (code !== EXIT.done) {
    tally.failed += 1;
    return;
  }
  tally.done += 1;
  if (item.repeated) tally.repeated += 1;
  else tally.bytes += outcome.receipt?.sizeBytes ?? 0;
}
