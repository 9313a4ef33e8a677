import { NO_LIMITS, type AccountLimitValues, type LimitGrant, type PerKind } from '../../src/contract';
import { LimitBook, type Member } from '../../src/workflows/limits/book';

const T0 = 1_700_000_000_000;
const LIMITS: AccountLimitValues = { ...NO_LIMITS, requests: 8, transfers: 8 };

function join(book: LimitBook, workerId: string, host = 'a', demand = 8, configured = LIMITS): Member {
  return book.join({ workerId, host, configured, demand: { requests: demand, transfers: demand } }, T0);
}

/** Sends the grants that are due, and lets the workers take them at once, as often as it takes. */
function settle(book: LimitBook, now = T0): Record<string, PerKind<number | null>> {
  const shares: Record<string, PerKind<number | null>> = {};
  for (;;) {
    const grants = book.grantsAt(now);
    if (grants.length === 0) return shares;
    for (const { member, grant } of grants) {
      shares[member.workerId] = grant.share;
      book.taken(member, grant, { requests: 0, transfers: 0 });
    }
  }
}

const heldOf = (book: LimitBook): number => book.members.reduce((sum, { held }) => sum + held.requests, 0);

test('A second worker gets places only once the first has given them back.', () => {
  const book = new LimitBook(null);
  join(book, 'w1');
  expect(settle(book)).toMatchObject({ w1: { requests: 8 } });
  join(book, 'w2', 'b');
  const [first, ...others] = book.grantsAt(T0);
  expect(first?.grant.share.requests).toBe(4);
  // The second may send nothing yet, and needs no grant for that.
  expect(others).toEqual([]);
  expect(heldOf(book)).toBe(8);
  // It still has six requests under way.
  book.taken(first!.member, first!.grant, { requests: 6, transfers: 0 });
  const more = book.grantsAt(T0);
  expect(more.map(({ grant }) => grant.share.requests)).toEqual([4, 2]);
  expect(heldOf(book)).toBe(8);
  for (const { member, grant } of more) book.taken(member, grant, { requests: 0, transfers: 0 });
  settle(book);
  expect(book.members.map(({ held }) => held.requests)).toEqual([4, 4]);
});

test('The shares of all workers never exceed the limit, whatever they request and whichever worker is lost.', () => {
  const book = new LimitBook(null);
  let now = T0;
  let seed = 7;
  const random = (below: number): number => (seed = (seed * 16_807) % 2_147_483_647) % below;
  const open: { member: Member; grant: LimitGrant }[] = [];
  for (let step = 0; step < 3000; step += 1) {
    now += random(2000);
    const member = book.members[random(6)];
    const what = random(6);
    if (what === 0 && book.members.length < 6) join(book, `w${step}`, `host${random(3)}`, random(10));
    if (what === 1 && member !== undefined && random(4) === 0) book.leave(member, random(2) === 0, now);
    if (what === 2 && member !== undefined) member.demand = { requests: random(10), transfers: random(10) };
    open.push(...book.grantsAt(now));
    const lost = 15_000;
    // Places of a lost worker count for as long as it may use them.
    const withheld = book.state.withheld.filter(({ until }) => until > now);
    expect(heldOf(book) + withheld.reduce((sum, { places }) => sum + places.requests, 0)).toBeLessThanOrEqual(8);
    expect(withheld.every(({ until }) => until - now < lost)).toBe(true);
    if (what > 3) {
      const next = open.splice(random(open.length + 1), 1)[0];
      if (next !== undefined && book.members.includes(next.member)) {
        book.taken(next.member, next.grant, { requests: Math.min(next.member.held.requests, random(4)), transfers: 0 });
      }
    }
  }
});

test('Workers that take grants late and in any order never use more than the limit together.', () => {
  const book = new LimitBook(null);
  let seed = 11;
  const random = (below: number): number => (seed = (seed * 16_807) % 2_147_483_647) % below;
  const workers = new Map<Member, { version: number; share: number; inFlight: number }>();
  for (const [at, host] of ['a', 'a', 'b', 'b'].entries())
    workers.set(join(book, `w${at}`, host), { version: 0, share: 0, inFlight: 0 });
  const sent: { member: Member; grant: LimitGrant }[] = [];
  let most = 0;
  for (let step = 0; step < 5000; step += 1) {
    const member = book.members[random(4)];
    const worker = member === undefined ? undefined : workers.get(member);
    if (member === undefined || worker === undefined) continue;
    if (random(4) === 0) member.demand = { requests: random(10), transfers: 0 };
    sent.push(...book.grantsAt(T0 + step));
    const next = sent[random(sent.length)];
    const taker = next === undefined ? undefined : workers.get(next.member);
    if (next !== undefined && taker !== undefined && random(2) === 0) {
      const share = next.grant.share.requests ?? 0;
      if (next.grant.version > taker.version) Object.assign(taker, { version: next.grant.version, share });
      const isOver = taker.version === next.grant.version && taker.inFlight > share;
      if (!isOver && random(2) === 0) {
        sent.splice(sent.indexOf(next), 1);
        book.taken(next.member, next.grant, { requests: taker.inFlight, transfers: 0 });
      }
    }
    if (random(2) === 0) worker.inFlight = Math.max(worker.share, worker.inFlight - 1);
    else worker.inFlight = Math.max(0, worker.inFlight - 1);
    const usable = [...workers.values()].reduce((sum, { share, inFlight }) => sum + Math.max(share, inFlight), 0);
    expect(usable).toBeLessThanOrEqual(8);
    most = Math.max(most, usable);
  }
  expect(most).toBe(8);
});

test('A grant that is taken after a later one was sent gives its places back.', () => {
  const book = new LimitBook(null);
  join(book, 'w1');
  settle(book);
  join(book, 'w2', 'b');
  const [smaller] = book.grantsAt(T0);
  book.setChange({ change: { values: { requests: 6 }, until: null, by: '', reason: '' }, by: '', reason: '' }, T0);
  const [later] = book.grantsAt(T0);
  expect([smaller, later].map((one) => one?.grant.share.requests)).toEqual([4, 3]);
  book.taken(smaller!.member, smaller!.grant, { requests: 0, transfers: 0 });
  expect(smaller!.member.held.requests).toBe(4);
  book.taken(later!.member, later!.grant, { requests: 0, transfers: 0 });
  // What ends late is known already.
  book.taken(smaller!.member, smaller!.grant, { requests: 0, transfers: 0 });
  expect(later!.member.held.requests).toBe(3);
});

test('A 429 lowers the level again only when the workers hold no more than the lowered level.', () => {
  const book = new LimitBook(null);
  const member = join(book, 'w1');
  settle(book);
  const refuse = (inFlight: number, now: number): void =>
    book.noteRefusal({ workerId: 'w1', kind: 'requests', inFlight, retryAfterMs: 1000 }, now);
  const level = (now: number): number | null => book.view('acme', now).now.requests;
  refuse(8, T0);
  expect(level(T0)).toBe(4);
  const [grant] = book.grantsAt(T0);
  refuse(8, T0 + 3000);
  expect(level(T0 + 3000)).toBe(4);
  book.taken(member, grant!.grant, { requests: 4, transfers: 0 });
  refuse(4, T0 + 4000);
  expect(level(T0 + 4000)).toBe(2);
});

test('Nothing is sent while nothing changes.', () => {
  const book = new LimitBook(null);
  join(book, 'w1');
  join(book, 'w2', 'b');
  settle(book);
  expect(book.grantsAt(T0 + 3_600_000)).toEqual([]);
  expect(book.nextChangeAt(T0)).toBeNull();
});

test('A live change holds for all workers, for its time, and then the configuration holds again.', () => {
  const book = new LimitBook(null);
  join(book, 'w1');
  join(book, 'w2', 'b');
  settle(book);
  const change = { values: { requests: 2 }, until: T0 + 60_000, by: 'ada@desk', reason: 'complaint' };
  book.setChange({ change, by: change.by, reason: change.reason }, T0);
  settle(book);
  expect(book.members.map(({ held }) => held.requests)).toEqual([1, 1]);
  expect(book.members.map(({ held }) => held.transfers)).toEqual([4, 4]);
  expect(book.nextChangeAt(T0)).toBe(T0 + 60_000);
  settle(book, T0 + 60_000);
  expect(book.members.map(({ held }) => held.requests)).toEqual([4, 4]);
  expect(book.view('acme', T0).changes).toEqual([
    {
      at: new Date(T0).toISOString(),
      by: 'ada@desk',
      reason: 'complaint',
      values: { requests: 2 },
      until: new Date(T0 + 60_000).toISOString(),
    },
  ]);
});

test('A change adds to one that holds, not to one that is over; the same request counts once.', () => {
  const book = new LimitBook(null);
  const by = 'ada@desk';
  const request = (id: string, values: Partial<AccountLimitValues>, until: number | null) => ({
    id,
    adds: true,
    change: { values, until, by, reason: '' },
    by,
    reason: '',
  });
  book.setChange(request('one', { requests: 2 }, null), T0);
  book.setChange(request('two', { transfers: 3 }, T0 + 1000), T0);
  expect(book.view('acme', T0).change?.values).toEqual({ requests: 2, transfers: 3 });
  book.setChange(request('three', { transfers: 4 }, null), T0 + 2000);
  expect(book.view('acme', T0 + 2000).change?.values).toEqual({ transfers: 4 });
  // The update that no worker answered comes after the signal.
  book.setChange(request('one', { requests: 2 }, null), T0 + 3000);
  expect(book.view('acme', T0 + 3000).change?.values).toEqual({ transfers: 4 });
  expect(book.view('acme', T0 + 3000).changes).toHaveLength(3);
});

test('A lost worker keeps its fallback share for 5 s; one that left keeps nothing.', () => {
  const book = new LimitBook(null);
  const one = join(book, 'w1');
  join(book, 'w2', 'b');
  const three = join(book, 'w3', 'b');
  settle(book);
  book.leave(three, false, T0);
  book.leave(one, true, T0);
  settle(book);
  expect(heldOf(book)).toBe(7);
  expect(book.nextChangeAt(T0)).toBe(T0 + 5000);
  settle(book, T0 + 5000);
  expect(heldOf(book)).toBe(8);
});

test('The places of a worker whose process has ended go to others at once, and its later loss changes nothing.', () => {
  const book = new LimitBook(null);
  const one = join(book, 'w1');
  join(book, 'w2', 'a');
  settle(book);
  book.leave(one, false, T0);
  expect(settle(book)).toMatchObject({ w2: { requests: 8, transfers: 8 } });
  book.leave(one, true, T0);
  expect(book.members.map(({ workerId }) => workerId)).toEqual(['w2']);
  expect(book.state.withheld).toEqual([]);
});

test('Workers learn of neighbours with their grants; only processes of the same world are neighbours.', () => {
  const book = new LimitBook(null);
  const enter = (workerId: string, world: string, pid: number): Member =>
    book.join(
      {
        workerId,
        host: 'a',
        configured: LIMITS,
        demand: { requests: 8, transfers: 8 },
        process: { pid, startTime: '7', world },
      },
      T0,
    );
  const one = enter('w1', 'x', 1);
  enter('w2', 'y', 1);
  const three = enter('w3', 'x', 3);
  join(book, 'w4');
  const neighbour = (workerId: string, pid: number) => ({ workerId, pid, startTime: '7', world: 'x' });
  expect(book.neighboursOf(three)).toEqual([neighbour('w1', 1)]);
  const told = book.grantsAt(T0).map(({ member, grant }) => [member.workerId, grant.neighbours]);
  expect(told).toContainEqual(['w1', [neighbour('w3', 3)]]);
  settle(book);
  // That a neighbour has left is told with the next grant.
  const next = new LimitBook(JSON.parse(JSON.stringify(book.state)) as typeof book.state);
  expect(next.neighboursOf(next.find(one.workerId)!)).toEqual([neighbour('w3', 3)]);
  expect(new LimitBook(book.state, 'second').neighboursOf(one)).toEqual([]);
});

test('Without a limit of bytes, no grant is sent only because parts of it change.', () => {
  const parts = (bytesPerSecond: number | null): number[] => {
    const book = new LimitBook(null);
    for (const name of ['w1', 'w2']) join(book, name, name, 8, { ...LIMITS, bytesPerSecond });
    return book.grantsAt(T0).map(({ grant }) => grant.bytesPart);
  };
  expect(parts(null)).toEqual([1, 1]);
  expect(parts(1000)).toEqual([0.5, 0.5]);
});

test('After a 429 all workers are told to hold, and have half of what was in use between them.', () => {
  const book = new LimitBook(null);
  join(book, 'w1');
  join(book, 'w2', 'b');
  settle(book);
  book.noteRefusal({ workerId: 'w1', kind: 'requests', inFlight: 3, retryAfterMs: 1000 }, T0);
  const grants = book.grantsAt(T0).map(({ grant }) => grant);
  expect(grants.map(({ heldUntil }) => heldUntil)).toEqual([T0 + 1000, T0 + 1000]);
  // Three of its four places were in use, so six of all eight.
  expect(grants.map(({ share }) => share.requests)).toEqual([2, 1]);
  expect(grants.map(({ share }) => share.transfers)).toEqual([4, 4]);
  settle(book, T0 + 5000);
  expect(heldOf(book)).toBe(5);
});

test('With more workers than places the workers take turns.', () => {
  const book = new LimitBook(null);
  for (const name of ['w1', 'w2', 'w3']) join(book, name, 'a', 4, { ...LIMITS, requests: 1, transfers: 8 });
  const holders = [0, 1, 2].map((turn) => {
    settle(book, T0 + turn * 5000);
    expect(heldOf(book)).toBe(1);
    return book.members.findIndex(({ held }) => held.requests === 1);
  });
  expect(new Set(holders).size).toBe(3);
  expect(book.nextChangeAt(T0)).toBe(T0 + 5000);
});

test('What a run knew is all in its state.', () => {
  const book = new LimitBook(null);
  join(book, 'w1');
  join(book, 'w2', 'b');
  settle(book);
  book.noteRefusal({ workerId: 'w1', kind: 'transfers', inFlight: 4, retryAfterMs: 1000 }, T0);
  book.grantsAt(T0);
  const next = new LimitBook(JSON.parse(JSON.stringify(book.state)) as typeof book.state);
  expect(next.state).toEqual(book.state);
  expect(next.grantsAt(T0).every(({ grant }) => grant.version > book.members[0]!.version)).toBe(true);
});
