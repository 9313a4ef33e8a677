import { readOptions } from './kit/options';
import { makePlan, PARTS, type Action } from './kit/plan';

const plan = makePlan({ seed: 5, transfers: 100, minutes: 10 });

test('The same seed makes the same plan, another seed another one.', () => {
  expect(makePlan({ seed: 5, transfers: 100, minutes: 10 })).toEqual(plan);
  expect(makePlan({ seed: 6, transfers: 100, minutes: 10 })).not.toEqual(plan);
});

test('A plan sends as many files as were asked for, each under a name of its own, 1 kB to 64 MB.', () => {
  const files = plan.waves.flatMap((wave) => wave.files);
  expect(files).toHaveLength(100);
  expect(new Set(files.map(({ name }) => name)).size).toBe(100);
  for (const { sizeBytes } of files) {
    expect(sizeBytes).toBeGreaterThanOrEqual(1000);
    expect(sizeBytes).toBeLessThanOrEqual(64_000_000);
  }
});

test('Every part is killed, stopped and restarted, workers for longer than a publish may take, too.', () => {
  const ofParts = plan.actions.filter((action): action is Extract<Action, { part: string }> => 'part' in action);
  for (const part of PARTS) {
    const kinds = new Set(ofParts.filter((action) => action.part === part).map(({ kind }) => kind));
    expect([...kinds]).toEqual(expect.arrayContaining(['kill', 'stop', 'restart']));
  }
  expect(ofParts.some(({ kind, part, forMs }) => kind === 'stop' && part.startsWith('worker') && forMs > 30_000)).toBe(
    true,
  );
});

test('No part is told two things at once, and nothing lasts beyond the end.', () => {
  for (const part of PARTS) {
    let freeAtMs = 0;
    for (const action of plan.actions) {
      if (!('part' in action) || action.part !== part) continue;
      expect(action.atMs).toBeGreaterThanOrEqual(freeAtMs);
      freeAtMs = action.atMs + action.forMs;
      expect(freeAtMs).toBeLessThanOrEqual(plan.forMs);
    }
  }
});

test('A number that is none is refused with a sentence.', () => {
  expect(() => readOptions(['--transfers', 'many'])).toThrow('--transfers takes a number from 1 to 10000, not "many".');
});
