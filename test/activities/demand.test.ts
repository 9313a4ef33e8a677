import { Demand } from '../../src/activities/limits/demand';

const both = (amount: number) => ({ requests: amount, transfers: amount });

test('More than the share is worth a report at once, in powers of two; less only when it has stayed less.', () => {
  const demand = new Demand();
  demand.reported = both(1);
  expect(demand.news(both(1), () => 1)).toBeNull();
  expect(demand.news(both(5), () => 1)).toEqual(both(8));
  // The share is enough for it.
  expect(demand.news(both(5), () => 8)).toBeNull();
  demand.reported = both(8);
  demand.note(both(5));
  for (let second = 0; second < 14; second += 1) {
    demand.note(both(1));
    expect(demand.news(both(1), () => 9)).toBeNull();
  }
  demand.note(both(1));
  expect(demand.news(both(1), () => 9)).toEqual(both(1));
});

describe('While other workers may want the places', () => {
  /** A worker that has reported 8, and after a busy time wants only this for some seconds. */
  const after = (seconds: number, amount: number): Demand => {
    const demand = new Demand();
    demand.reported = both(8);
    for (let second = 0; second < 12; second += 1) demand.note(both(8));
    for (let second = 0; second < seconds; second += 1) demand.note(both(amount));
    return demand;
  };

  test('places that are idle for 5 s are reported, and the earlier demand is forgotten', () => {
    const shareOf = (places: number) => () => places;
    expect(after(4, 0).news(both(0), shareOf(2))).toBeNull();
    const demand = after(5, 0);
    const news = demand.news(both(0), shareOf(2));
    expect(news).toEqual(both(0));
    demand.reported = both(0);
    expect(demand.news(both(0), shareOf(0))).toBeNull();
    expect(after(5, 1).news(both(1), shareOf(2))).toEqual(both(1));
    // All of its places are in use.
    expect(after(5, 2).news(both(2), shareOf(2))).toBeNull();
    // One request that came now keeps its place.
    expect(after(5, 0).news(both(1), shareOf(1))).toBeNull();
  });

  test('a worker whose demand goes up and down soon reports seldom', () => {
    const demand = new Demand();
    let share = 0;
    const reportedAt: number[] = [];
    for (let second = 0; second < 300; second += 1) {
      // Bursts of 2 s, 6 s apart.
      const wanted = both(second % 8 < 2 ? 4 : 0);
      demand.note(wanted);
      const news = demand.news(wanted, () => share);
      if (news === null) continue;
      reportedAt.push(second);
      demand.reported = news;
      share = Math.min(news.requests, 2);
    }
    expect(reportedAt.slice(0, 3)).toEqual([0, 6, 8]);
    expect(reportedAt.length).toBeLessThan(15);
  });

  test('a worker that wants more than its share does not report how much more', () => {
    const demand = new Demand();
    demand.reported = both(4);
    for (let second = 0; second < 300; second += 1) {
      const wanted = both(second % 40 < 20 ? 2 : 30);
      demand.note(wanted);
      expect(demand.news(wanted, () => 2)).toBeNull();
    }
    // Its share has grown to what it reported, so more demand may bring more places.
    expect(demand.news(both(30), () => 4)).toEqual(both(32));
  });

  test('a worker without a share reports when it wants nothing any more', () => {
    expect(after(14, 0).news(both(0), () => 0)).toBeNull();
    expect(after(15, 0).news(both(0), () => 0)).toEqual(both(0));
  });

  test('a share beyond the demand says that nobody waits, so the earlier demand counts for longer', () => {
    expect(after(5, 5).news(both(5), () => 9)).toBeNull();
    expect(after(5, 1).news(both(1), () => 9)).toBeNull();
  });
});

test('A first demand is reported also where nothing bounds the places: the bytes are shared by it.', () => {
  const demand = new Demand();
  expect(demand.news({ requests: 0, transfers: 1 }, () => Infinity)).toEqual({ requests: 0, transfers: 1 });
});

test('A worker is idle after 30 s without any demand, and busy again with the next request.', () => {
  const demand = new Demand();
  demand.note({ requests: 0, transfers: 1 });
  for (let second = 0; second < 30; second += 1) {
    expect(demand.isIdle).toBe(false);
    demand.note(both(0));
  }
  expect(demand.isIdle).toBe(true);
  demand.wake();
  expect(demand.isIdle).toBe(false);
});
