import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  patched,
  setCurrentDetails,
  setHandler,
  sleep,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import {
  addressed,
  isAddressedTo,
  LIMITS_QUERY,
  LIMITS_SIGNAL,
  LIMITS_UPDATE,
  WORKFLOW,
  type ChangeRequest,
  type DemandReport,
  type EndedReport,
  type JoinAnswer,
  type JoinRequest,
  type LimitGrant,
  type LimitsInput,
  type LimitsView,
  type RefusalReport,
  type ShareTaken,
} from '../contract';
import { checkAddressed, checkedStart } from './inputs';
import { leaseActivitiesOf } from './limits/activities';
import { LimitBook, type BookRules, type Member } from './limits/book';

/**
 * The most events of a run. A new run does not end leases: workers keep their shares until the new run confirms them.
 */
const LONGEST_HISTORY = 2000;

/**
 * The entity that shares the limits of one account among the workers. Each worker that has something to do holds a
 * lease: a long activity whose heartbeats the server acknowledges. While nothing changes there are no events, and once
 * the last worker has become idle the workflow ends, unless a person has changed something.
 */
export async function limits(given: LimitsInput): Promise<void> {
  const { account, state } = checkedStart(WORKFLOW.limits, given);
  const book = new LimitBook(state, rulesNow());
  // Updates that came with the start are handled before the code below runs: their workers are not carried over.
  const carried = [...book.members];
  const rejoining = new Map<string, JoinRequest>();
  /** Aborts calls to a worker when its lease ends. */
  const scopes = new Map<Member, CancellationScope>();
  let dirty = true;
  let sending = 0;
  let timer: { readonly at: number; readonly scope: CancellationScope } | null = null;

  function admit(request: JoinRequest): void {
    if (book.find(request.workerId) === undefined) void hold(book.join(request, Date.now()));
    // The lease has ended or is about to end; this run may not know it yet.
    else rejoining.set(request.workerId, request);
    dirty = true;
  }

  async function hold(member: Member): Promise<void> {
    let isLost = false;
    const scope = new CancellationScope();
    scopes.set(member, scope);
    try {
      await leaseActivitiesOf(account, member.workerId).holdLease(member.since);
    } catch (error) {
      isLost = error instanceof ActivityFailure && error.cause instanceof TimeoutFailure;
    }
    scopes.delete(member);
    scope.cancel();
    book.leave(member, isLost, Date.now());
    const again = rejoining.get(member.workerId);
    rejoining.delete(member.workerId);
    if (again !== undefined) admit(again);
    dirty = true;
  }

  async function send(member: Member, grant: LimitGrant): Promise<void> {
    sending += 1;
    try {
      const taking = (): Promise<ShareTaken> => leaseActivitiesOf(account, member.workerId).setShare(grant);
      const { held } = await (scopes.get(member)?.run(taking) ?? taking());
      book.taken(member, grant, held);
    } catch {
      // The worker is gone and will lose its lease. Until then it counts as holding the offered places.
    }
    sending -= 1;
    dirty = true;
  }

  /** Nobody waits for an answer of this run. */
  function isQuiet(): boolean {
    return sending === 0 && allHandlersFinished();
  }

  function share(): void {
    const now = Date.now();
    for (const { member, grant } of book.grantsAt(now)) void send(member, grant);
    wakeAt(book.nextChangeAt(now));
    setCurrentDetails(describe(book.view(account, now)));
  }

  function wakeAt(at: number | null): void {
    if (timer !== null && (at === null || at < timer.at)) {
      timer.scope.cancel();
      timer = null;
    }
    if (at === null || timer !== null) return;
    const scope = new CancellationScope();
    const mine = { at, scope };
    timer = mine;
    void scope
      .run(() => sleep(Math.max(1, at - Date.now())))
      .then(
        () => {
          if (timer === mine) timer = null;
          dirty = true;
        },
        () => undefined,
      );
  }

  setHandler(
    defineUpdate<JoinAnswer, [JoinRequest]>(LIMITS_UPDATE.join),
    (request) => {
      if (!book.isLimitedAt(Date.now(), request.configured)) return { limited: false };
      admit(request);
      const member = book.find(request.workerId);
      const neighbours = member === undefined ? [] : book.neighboursOf(member);
      return { limited: true, ...(neighbours.length === 0 ? {} : { neighbours }) };
    },
    { validator: (request) => checkAddressed(LIMITS_UPDATE.join, request) },
  );
  setHandler(
    defineUpdate<LimitsView, [ChangeRequest]>(LIMITS_UPDATE.change),
    (request) => {
      book.setChange(request, Date.now());
      dirty = true;
      return book.view(account, Date.now());
    },
    { validator: (request) => checkAddressed(LIMITS_UPDATE.change, request) },
  );
  setHandler(defineSignal<[ChangeRequest]>(LIMITS_SIGNAL.change), (request) => {
    if (!isAddressedTo(LIMITS_SIGNAL.change, request)) return;
    book.setChange(request, Date.now());
    dirty = true;
  });
  setHandler(defineSignal<[DemandReport]>(LIMITS_SIGNAL.demand), (report) => {
    const member = isAddressedTo(LIMITS_SIGNAL.demand, report) ? book.find(report.workerId) : undefined;
    if (member === undefined) return;
    member.demand = report.demand;
    dirty = true;
  });
  setHandler(defineSignal<[EndedReport]>(LIMITS_SIGNAL.ended), (report) => {
    const member = isAddressedTo(LIMITS_SIGNAL.ended, report) ? book.find(report.workerId) : undefined;
    if (member === undefined || !book.believesNeighbours) return;
    scopes.get(member)?.cancel();
    book.leave(member, false, Date.now());
    dirty = true;
  });
  setHandler(defineSignal<[RefusalReport]>(LIMITS_SIGNAL.refused), (report) => {
    if (!isAddressedTo(LIMITS_SIGNAL.refused, report)) return;
    book.noteRefusal(report, Date.now());
    dirty = true;
  });
  setHandler(defineQuery<LimitsView>(LIMITS_QUERY), () => book.view(account, Date.now()));

  for (const member of carried) void hold(member);
  for (;;) {
    await condition(() => dirty);
    dirty = false;
    if (isLong()) break;
    share();
    if (!book.isForgettableAt(Date.now())) continue;
    await condition(() => dirty || isQuiet());
    if (!dirty) return;
  }
  await condition(isQuiet);
  return continueAsNew<typeof limits>(addressed(WORKFLOW.limits, { account, state: book.state }));
}

function rulesNow(): BookRules {
  if (patched('limits-of-few-changes')) return 'current';
  return patched('limits-of-late-shares') ? 'second' : 'first';
}

function isLong(): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return historyLength >= LONGEST_HISTORY || continueAsNewSuggested;
}

function describe({ account, now, workers }: LimitsView): string {
  const words = (value: number | null): string => (value === null ? 'any number of' : String(value));
  return [
    `Limits of account **${account}**: ${words(now.requests)} requests, ${words(now.transfers)} transfers at once`,
    ...workers.map(
      ({ workerId, host, share }) =>
        `- ${workerId} on ${host}: ${share.requests} requests, ${share.transfers} transfers`,
    ),
  ].join('\n');
}
