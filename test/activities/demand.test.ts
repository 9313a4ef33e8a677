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
    expect(demand.news(both(1), () => 8)).toBeNull();
  }
  demand.note(both(1));
  expect(demand.news(both(1), () => 8)).toEqual(both(1));
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
