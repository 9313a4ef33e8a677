import { NO_LIMITS, type LimitGrant } from '../../src/contract';
import { AccountLimits } from '../../src/limits';
import { LimitBook, type Member } from '../../src/workflows/limits/book';

const ANSWER_MS = 200;
const SECOND = 1000;
const RUN_MS = 150 * SECOND;

beforeEach(() => jest.useFakeTimers({ now: 1_700_000_000_000 }));
afterEach(() => jest.useRealTimers());

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Answers 429 to what comes while so many requests are under way. */
class Service {
  answered = 0;
  readonly refusedAt: number[] = [];
  private inFlight = 0;
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  async ask(): Promise<boolean> {
    this.inFlight += 1;
    try {
      if (this.inFlight > this.most) {
        this.refusedAt.push(Date.now());
        await pause(5);
        return false;
      }
      await pause(ANSWER_MS);
      this.answered += 1;
      return true;
    } finally {
      this.inFlight -= 1;
    }
  }
}

interface Conditions {
  readonly clients: readonly number[];
  /** From the entity to a worker, or back. */
  readonly hopMs: number;
}

/** The book, four workers and their clients, without Temporal, in the time of the fake timers. */
async function run(service: Service, limit: number, { clients, hopMs }: Conditions): Promise<void> {
  const book = new LimitBook(null);
  const configured = { ...NO_LIMITS, requests: limit };
  const seats = clients.map((count, at) => {
    const workerId = `w${at}`;
    const limits = new AccountLimits({
      wanted: () => undefined,
      refused: (kind, inFlight, retryAfterMs) => {
        void pause(hopMs).then(() => {
          book.noteRefusal({ workerId, kind, inFlight, retryAfterMs }, Date.now());
          share();
        });
      },
    });
    const demand = { requests: 2 ** Math.ceil(Math.log2(count)), transfers: 0 };
    const member = book.join({ workerId, host: workerId, configured, demand }, Date.now());
    const beat = (): void => limits.confirm({ monotonic: performance.now(), wall: Date.now() });
    setInterval(beat, SECOND);
    beat();
    for (let client = 0; client < count; client += 1) void askForever(limits, service);
    return { member, limits };
  });
  const send = async (member: Member, grant: LimitGrant): Promise<void> => {
    const seat = seats.find((one) => one.member === member);
    await pause(hopMs);
    seat?.limits.apply(grant);
    const isOver = (): boolean => seat?.limits.isCurrent(grant) === true && seat.limits.isOver(grant);
    while (isOver()) await pause(20);
    await pause(hopMs);
    book.taken(member, grant, seat?.limits.inFlight ?? { requests: 0, transfers: 0 });
    share();
  };
  const share = (): void => {
    for (const { member, grant } of book.grantsAt(Date.now())) void send(member, grant);
  };
  // What changes by time alone.
  setInterval(share, SECOND);
  share();
  await jest.advanceTimersByTimeAsync(RUN_MS);
}

async function askForever(limits: AccountLimits, service: Service): Promise<never> {
  for (;;) {
    const permit = await limits.gates.requests.enter();
    const isAnswered = await service.ask();
    if (!isAnswered) permit.refused(SECOND);
    permit.release(true);
    // The pacer holds the account back as well; then the attempt comes again.
    if (!isAnswered) await pause(SECOND + 300);
  }
}

test.each([
  ['equal demands', [8, 8, 8, 8], 60],
  ['unequal demands', [1, 2, 3, 16], 60],
  ['little demand but of one', [1, 1, 1, 8], 60],
  ['equal demands, and shares that come late', [8, 8, 8, 8], 1500],
  ['unequal demands, and shares that come late', [1, 2, 3, 16], 600],
  ['little demand but of one, and shares that come late', [1, 1, 1, 8], 1500],
])('Limits find what a service takes at once, and lose little by probing: %s.', async (_, clients, hopMs) => {
  const begun = Date.now();
  const learned = await answeredBy(new Service(5), 16, { clients, hopMs });
  const steady = learned.refusedAt.filter((at) => at > begun + 30 * SECOND);
  expect(steady.length).toBeLessThanOrEqual((RUN_MS - 30 * SECOND) / (10 * SECOND));
  const byHand = await answeredBy(new Service(5), 5, { clients, hopMs });
  expect(byHand.refusedAt).toEqual([]);
  expect(learned.answered / byHand.answered).toBeGreaterThan(0.8);
});

/** What a service has answered and refused in a run. */
async function answeredBy(service: Service, limit: number, conditions: Conditions) {
  await run(service, limit, conditions);
  jest.clearAllTimers();
  return { answered: service.answered, refusedAt: [...service.refusedAt] };
}
