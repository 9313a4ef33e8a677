import { Deadline } from '../../src/workflows/deadline';

beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  jest.useRealTimers();
});

test('A deadline runs from the start and has passed when its time is used up.', () => {
  const deadline = new Deadline(5000, 999_000);
  expect(deadline.leftMs()).toBe(4000);
  jest.setSystemTime(1_004_001);
  expect(deadline.leftMs()).toBe(-1);
});

test('A deadline stands still while it is stopped, however often and long.', () => {
  const deadline = new Deadline(5000, 1_000_000);
  jest.setSystemTime(1_001_000);
  deadline.stop();
  deadline.stop();
  jest.setSystemTime(9_000_000);
  expect(deadline.leftMs()).toBe(4000);
  deadline.go();
  deadline.go();
  jest.setSystemTime(9_001_000);
  expect(deadline.leftMs()).toBe(3000);
});

test('A renewed deadline gives as much time as at the start, standing or running.', () => {
  const deadline = new Deadline(5000, 1_000_000);
  jest.setSystemTime(1_009_000);
  deadline.renew();
  expect(deadline.leftMs()).toBe(5000);
  deadline.stop();
  jest.setSystemTime(1_019_000);
  deadline.renew();
  deadline.go();
  expect(deadline.leftMs()).toBe(5000);
});
