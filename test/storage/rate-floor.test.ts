import { watchRate, type RateFloor } from '../../src/storage/rate-floor';

const FLOOR = { bytesPerSecond: 1000, windowMs: 30_000 };

let floor: RateFloor;
let stalls: number;

beforeEach(() => {
  jest.useFakeTimers();
  stalls = 0;
  floor = watchRate(FLOOR, () => (stalls += 1));
});

afterEach(() => {
  floor.stop();
  jest.useRealTimers();
});

const pass = (seconds: number, bytesPerSecond = 0): void => {
  for (let at = 0; at < seconds; at += 1) {
    floor.advance(bytesPerSecond);
    jest.advanceTimersByTime(1000);
  }
};

test('Nothing at all for a window is a stall, reported once', () => {
  pass(29);
  expect(stalls).toBe(0);
  pass(60);
  expect(stalls).toBe(1);
});

test('A rate just above the floor goes on for hours, one just below ends after a window', () => {
  pass(3 * 3600, 1001);
  expect(stalls).toBe(0);
  pass(33, 990);
  expect(stalls).toBe(1);
});

test('A burst carries over a pause shorter than the window', () => {
  for (let round = 0; round < 20; round += 1) {
    pass(1, 60_000);
    pass(20);
  }
  expect(stalls).toBe(0);
});

test('Time in which nobody wants bytes is not counted', () => {
  floor.pause();
  pass(600);
  floor.resume();
  pass(27);
  expect(stalls).toBe(0);
  pass(6);
  expect(stalls).toBe(1);
});

test('A process that was stopped and continued is given a new window', () => {
  pass(27);
  const stopped = performance.now();
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => stopped + 3_600_000);
  jest.advanceTimersByTime(3000);
  clock.mockRestore();
  expect(stalls).toBe(0);
});
