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

/** A receiver that is away is tried again for so long; then the message is given up. */
const DELIVER_WITHIN_MS = 86_400_000;

/** Longer than the one answer that an attempt waits for. */
const DELIVERY_ATTEMPT_MS = 60_000;

/**
 * The entity that stands for one receiver of notices. It gathers what happened by account and reason, and sends one
 * message for each group: the first within seconds, what follows within the next quarter of an hour as one more. So
 * thousands of parked transfers are two messages.
 *
 * It ends when there is nothing to tell; the next notice starts it anew. It does not end after the receiver answered 410:
 * it remembers that, and sends nothing more to that URL.
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

/** A message that could not be delivered in time is given up: later ones tell what is the matter now. */
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
