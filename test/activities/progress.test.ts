import type { Attempt } from '../../src/activities/edge';
import { startProgress } from '../../src/activities/progress';
import type { ProgressDetails } from '../../src/contract';

function attemptAfter(previous: Partial<ProgressDetails> | undefined): Attempt<ProgressDetails> {
  return {
    number: 1,
    signal: new AbortController().signal,
    taskToken: new Uint8Array(),
    runId: '',
    enteredAt: 0,
    previous,
    details: undefined,
    waitFor: () => undefined,
  };
}

describe('The progress of an attempt', () => {
  test('counts what a killed attempt had under way, as its last heartbeat said', () => {
    const first = attemptAfter(undefined);
    const progress = startProgress(first, 100);
    progress.begin('/v1/a/c/x');
    progress.at(60);
    expect(startProgress(attemptAfter(first.details), 100).now).toMatchObject({ bytesMoved: 60, bytesDone: 0 });
  });

  test('counts bytes once when the attempt could say how many had moved', () => {
    const first = attemptAfter(undefined);
    const progress = startProgress(first, 100);
    progress.begin('/v1/a/c/x');
    progress.at(60);
    progress.moved(64);
    expect(startProgress(attemptAfter(first.details), 100).now.bytesMoved).toBe(64);
  });

  test('does not count what a resumed fetch found on the disk', () => {
    const attempt = attemptAfter(undefined);
    const progress = startProgress(attempt, 100);
    progress.begin('/v1/a/c/x', true);
    progress.at(40);
    progress.at(70);
    expect(progress.now).toMatchObject({ bytesDone: 70, bytesUnderWay: 30 });
  });

  test('tells the metrics of every byte once, while the bytes move and for each try of an attempt', () => {
    let moved = 0;
    let renewals = 0;
    const meter = { moved: (bytes: number) => void (moved += bytes), renewed: () => void (renewals += 1) };
    const progress = startProgress(attemptAfter(undefined), 100, meter);
    progress.begin('/v1/a/c/x', true);
    progress.at(40);
    expect(moved).toBe(0);
    progress.at(70);
    expect(moved).toBe(30);
    progress.moved(36);
    expect(moved).toBe(36);
    progress.renewed();
    progress.begin('/v1/a/c/y');
    progress.at(20);
    progress.moved(20);
    expect({ moved, renewals }).toEqual({ moved: 56, renewals: 1 });
  });

  test('gives a fresh object for each heartbeat', () => {
    const attempt = attemptAfter(undefined);
    const progress = startProgress(attempt, 100);
    const before = progress.now;
    progress.at(10);
    expect(before.bytesDone).toBe(0);
  });
});
