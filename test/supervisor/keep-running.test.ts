import { FerryError } from '../../src/errors';
import { keepRunning, type Backoff, type Keeper } from '../../src/supervisor/keep-running';
import type { RunningPart } from '../../src/supervisor/part';
import { until } from './up-process';

const backoff: Backoff = { firstMs: 1, longestMs: 5, healthyAfterMs: 60_000, failedStarts: 3 };

interface FakeRun extends RunningPart {
  die(): void;
}

function fakeRun(pid: number): FakeRun {
  let die = (): void => undefined;
  const exited = new Promise<string>((resolve) => {
    die = () => resolve('died');
  });
  return { pid, startTime: '1', exited, stop: async () => die(), die };
}

/** A part whose `start` the test controls, and everything that its keeper reports. */
function kept(
  start: (nth: number, signal: AbortSignal) => Promise<RunningPart>,
  hasNoRoom?: () => boolean,
): {
  keeper: Keeper;
  starts: () => number;
  readiness: boolean[];
  notices: string[];
  lost: FerryError[];
} {
  let starts = 0;
  const readiness: boolean[] = [];
  const notices: string[] = [];
  const lost: FerryError[] = [];
  const keeper = keepRunning({
    part: { name: 'worker', logFile: 'worker.log', start: (signal) => start((starts += 1), signal) },
    onReady: (ready) => readiness.push(ready),
    onNotice: (sentence) => notices.push(sentence),
    onLost: (error) => lost.push(error),
    backoff,
    ...(hasNoRoom === undefined ? {} : { hasNoRoom }),
  });
  return { keeper, starts: () => starts, readiness, notices, lost };
}

const cannot = (): Promise<never> => Promise.reject(new FerryError('ENGINE_FAILED', 'It cannot.'));

test('A failed first start is not repeated', async () => {
  const { keeper, starts, lost } = kept(cannot);
  await expect(keeper.start()).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  await keeper.stop();
  expect(starts()).toBe(1);
  expect(lost).toEqual([]);
});

test('A part that dies often is restarted each time', async () => {
  const runs: FakeRun[] = [];
  const { keeper, readiness } = kept(async (nth) => (runs[nth - 1] = fakeRun(nth)));
  await keeper.start();
  for (let nth = 1; nth <= 20; nth += 1) {
    (await until(`start ${nth}`, () => runs[nth - 1])).die();
  }
  await until('the last start', () => readiness.length === 41);
  expect(readiness.filter((ready) => !ready)).toHaveLength(20);
  await keeper.stop();
});

test('After several failed restarts in a row a part is given up, once', async () => {
  const run = fakeRun(1);
  const { keeper, starts, lost, notices } = kept((nth) => (nth === 1 ? Promise.resolve(run) : cannot()));
  await keeper.start();
  run.die();
  await until('giving up', () => lost.length > 0);
  await keeper.stop();
  expect(starts()).toBe(1 + backoff.failedStarts);
  expect(lost).toHaveLength(1);
  expect(notices[0]).toBe('The worker died; it is started again.');
});

test('While the disk is full a part is started again without limit, and the notice comes once.', async () => {
  const runs = [fakeRun(1), fakeRun(2)];
  let full = true;
  const start = (nth: number): Promise<RunningPart> =>
    full && nth > 1 ? cannot() : Promise.resolve(runs[nth === 1 ? 0 : 1]!);
  const { keeper, starts, lost, notices, readiness } = kept(start, () => full);
  await keeper.start();
  runs[0]!.die();
  await until('many starts', () => starts() > 3 * backoff.failedStarts);
  full = false;
  await until('the second run', () => readiness.length === 3);
  await keeper.stop();
  expect(lost).toEqual([]);
  expect(notices.slice(1)).toEqual([expect.stringMatching(/^It cannot\. The disk of the state directory is full/)]);
});

test('A successful start resets the count of failed starts', async () => {
  const runs = [fakeRun(1), fakeRun(4), fakeRun(7)];
  const { keeper, lost, readiness } = kept((nth) => (nth % 3 === 1 ? Promise.resolve(runs[(nth - 1) / 3]!) : cannot()));
  await keeper.start();
  runs[0]!.die();
  await until('the second run', () => readiness.length === 3);
  runs[1]!.die();
  await until('the third run', () => readiness.length === 5);
  expect(lost).toEqual([]);
  await keeper.stop();
});

test('A stop during a start ends the process that the start brings', async () => {
  let stopped = false;
  let finish = (): void => undefined;
  const run: RunningPart = { ...fakeRun(1), exited: Promise.resolve('died'), stop: async () => void (stopped = true) };
  const { keeper, readiness } = kept(
    () =>
      new Promise((resolve) => {
        finish = () => resolve(run);
      }),
  );
  const starting = keeper.start();
  const stopping = keeper.stop();
  finish();
  await Promise.all([starting, stopping]);
  expect(stopped).toBe(true);
  expect(readiness).not.toContain(true);
});
