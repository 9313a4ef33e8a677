import { isOfUpgrade } from './upgrade-rolls';

const DRAINS = {
  drains: [
    { from: 100_000, to: 110_000 },
    { from: 115_000, to: 125_000 },
  ],
  underWay: [],
  jobWasRunning: true,
};

const late = { workflowId: 'w', what: 'upload', kind: 'HEARTBEAT', scheduledAt: 50_000, taken: null, lostBy: Infinity };

test.each([
  { what: 'was last heard of before the first drain', timeout: { ...late, lostBy: 80_000 }, counts: false },
  { what: 'may have been lost in a drain', timeout: { ...late, lostBy: 103_000 }, counts: true },
  { what: 'was scheduled after the last drain', timeout: { ...late, scheduledAt: 126_000 }, counts: false },
  { what: 'was lost at a time that no history tells', timeout: late, counts: true },
  {
    what: 'was taken by a worker in a drain',
    timeout: { ...late, taken: { at: 101_000, by: 'old' }, lostBy: 200_000 },
    counts: true,
  },
  {
    what: 'was taken by a worker after the drains',
    timeout: { ...late, taken: { at: 140_000, by: 'new' }, lostBy: 200_000 },
    counts: false,
  },
])('A task that $what counts against the upgrade: $counts.', ({ timeout, counts }) => {
  expect(isOfUpgrade(timeout, DRAINS)).toBe(counts);
});
