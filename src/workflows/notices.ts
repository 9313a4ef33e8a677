import {
  condition,
  continueAsNew,
  defineSignal,
  log,
  setCurrentDetails,
  setHandler,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import {
  addressed,
  isAddressedTo,
  NOTICES_SIGNAL,
  SHARED_QUEUE,
  WORKFLOW,
  type DeliverNoticeResult,
  type NoticesInput,
  type StoppedUrl,
} from '../contract';
import { run } from './activities';
import { checkedStart } from './inputs';
import { NoticeGroups } from './notice-groups';

/** How long delivery to an unreachable receiver is retried. Then the message is dropped. */
const DELIVER_WITHIN_MS = 86_400_000;

/** Longer than an attempt waits for its answer. */
const DELIVERY_ATTEMPT_MS = 60_000;

/**
 * The workflow of one receiver of notices. It groups notices by account and reason, and sends one message for each
 * group within seconds. All further notices of the group within a quarter of an hour form one more message. So
 * thousands of parked transfers cause two messages.
 *
 * It ends when there is nothing to send; the next notice starts it again. After the receiver answered 410 it does not
 * end, so that it remembers the answer and sends nothing more to that URL.
 */
export async function notices(given: NoticesInput): Promise<void> {
  const { destination, carried } = checkedStart(WORKFLOW.notices, given);
  const groups = new NoticeGroups(carried?.groups ?? []);
  let stopped: StoppedUrl | null = carried?.stopped ?? null;
  setHandler(defineSignal<[unknown]>(NOTICES_SIGNAL), (told) => {
    if (isAddressedTo(NOTICES_SIGNAL, told)) groups.add(told, Date.now());
  });
  const mayRest = (): boolean => groups.isEmpty() && stopped === null;

  for (;;) {
    show(destination, groups, stopped);
    if (workflowInfo().continueAsNewSuggested) {
      const next: NoticesInput = { destination, carried: { groups: groups.carried(), stopped } };
      return continueAsNew<typeof notices>(addressed(WORKFLOW.notices, next));
    }
    const due = groups.takeDue(Date.now());
    if (due !== null) {
      const { outcome, stopped: now } = await deliver(destination, due, stopped);
      stopped = outcome === 'dropped' ? null : now;
      groups.sent(due, Date.now());
    } else if (mayRest()) {
      return;
    } else {
      await groups.untilChange(Date.now(), condition);
    }
  }
}

/** A message that could not be delivered in time is dropped, because later messages describe the present state. */
async function deliver(
  destination: string,
  group: NonNullable<ReturnType<NoticeGroups['takeDue']>>,
  stopped: StoppedUrl | null,
): Promise<DeliverNoticeResult> {
  try {
    const input = { destination, messageId: `msg_${uuid4().replaceAll('-', '')}`, group, stopped };
    return await run('deliverNotice', input, {
      taskQueue: SHARED_QUEUE,
      startToCloseTimeout: DELIVERY_ATTEMPT_MS,
      scheduleToCloseTimeout: DELIVER_WITHIN_MS,
      summary: `tell ${destination}: ${group.reason} of ${group.account}, ${group.count}`,
    });
  } catch (thrown) {
    log.warn('A notice was given up', { destination, reason: group.reason, count: group.count, why: String(thrown) });
    return { outcome: 'delivered', stopped };
  }
}

function show(destination: string, groups: NoticeGroups, stopped: StoppedUrl | null): void {
  const state = stopped === null ? '' : `\n- stopped since ${stopped.at}: the receiver answered 410`;
  setCurrentDetails(`Notices for **${destination}**\n- groups with something to tell: ${groups.waiting()}${state}`);
}
