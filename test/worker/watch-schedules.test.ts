/** What people are told of runs that did not happen, from what Temporal counts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScheduleStatus } from '../../src/client/types';
import type { Notice } from '../../src/contract';
import { FerryError } from '../../src/errors';
import { removeSchedule, storeSchedule } from '../../src/jobs';
import { lookAtSchedules, scheduleReadings } from '../../src/worker/watch-schedules';
import { ownDirectory } from '../ledger/support';

const own = ownDirectory();
const stateDir = (): string => join(own.path(), 'state');

/** What Temporal says, by name; a schedule without an entry is unknown. */
let statuses: Map<string, Partial<ScheduleStatus>>;
let told: Notice[];

beforeEach(() => {
  statuses = new Map();
  told = [];
  mkdirSync(stateDir(), { recursive: true, mode: 0o700 });
});

function keep(name: string, createdAt = '2026-01-01T00:00:00.000Z', account = 'acme'): void {
  const job = { origin: '/in', account };
  const common = { type: 'schedule', v: 1, host: 'h', skipBad: false, settleMs: 0, after: { do: 'leave' } } as const;
  storeSchedule(stateDir(), { ...common, name, job, createdAt });
}

const QUIET = {
  runs: 0,
  state: 'active',
  note: null,
  lastRun: null,
  recentFailures: [],
  missed: 0,
  skipped: 0,
} as const;

/** One look of a worker that has just started; returns what it told. */
async function look(tell = async (notices: readonly Notice[]) => void told.push(...notices)) {
  told = [];
  await lookAtSchedules({
    stateDir: stateDir(),
    schedules: {
      async status(name) {
        const status = statuses.get(name);
        if (status === undefined) throw new FerryError('SCHEDULE_UNKNOWN', `There is no schedule ${name}.`);
        return { ...QUIET, name, ...status } as ScheduleStatus;
      },
    },
    notices: { tell },
    log: { warn: () => undefined },
  });
  return told;
}

const reading = () => scheduleReadings(stateDir())[0];

test('A host without schedules asks nothing and keeps nothing.', async () => {
  expect(await look()).toEqual([]);
  expect(scheduleReadings(stateDir())).toEqual([]);
});

test('Each loss is told once, whatever restarts and however often it is looked at.', async () => {
  keep('inbox');
  statuses.set('inbox', { missed: 2, skipped: 1 });
  expect(await look()).toEqual([
    {
      account: 'acme',
      reason: 'scheduleMissed',
      count: 3,
      code: null,
      ids: ['inbox'],
      text: 'inbox: 2 runs missed: Temporal was away for longer than --catch-up. 1 run skipped: the previous run had not ended.',
    },
  ]);
  expect(await look()).toEqual([]);
  statuses.set('inbox', { missed: 3, skipped: 1, runs: 1 });
  expect(await look()).toMatchObject([{ count: 1, text: expect.stringContaining('1 run missed') as string }]);
  expect(await look()).toEqual([]);
  expect(reading()).toEqual({ account: 'acme', missed: 3, skipped: 1, failed: 0, stopped: 0 });
});

test('Missed runs that Temporal counts again until an action follows are told once.', async () => {
  keep('inbox');
  statuses.set('inbox', { missed: 4, runs: 3 });
  expect(await look()).toMatchObject([{ count: 4 }]);
  statuses.set('inbox', { missed: 8, runs: 3 });
  expect(await look()).toEqual([]);
  statuses.set('inbox', { missed: 12, runs: 4 });
  expect(await look()).toEqual([]);
  expect(reading()).toMatchObject({ missed: 4 });
  statuses.set('inbox', { missed: 16, runs: 4 });
  expect(await look()).toMatchObject([{ count: 4 }]);
});

test('A loss that could not be told is told by the next look.', async () => {
  keep('inbox');
  statuses.set('inbox', { missed: 1 });
  await expect(look(() => Promise.reject(new Error('Temporal is away')))).rejects.toThrow('away');
  expect(reading()).toBeUndefined();
  expect(await look()).toHaveLength(1);
});

test('A pause is told once, and again when the schedule was resumed and paused again.', async () => {
  keep('inbox');
  statuses.set('inbox', { state: 'paused', note: 'by a person' });
  expect(await look()).toMatchObject([{ count: 1, text: 'inbox: It is paused, so no run begins.' }]);
  expect(await look()).toEqual([]);
  expect(reading()).toMatchObject({ stopped: 1 });
  statuses.set('inbox', {});
  expect(await look()).toEqual([]);
  expect(reading()).toMatchObject({ stopped: 0 });
  statuses.set('inbox', { state: 'paused' });
  expect(await look()).toHaveLength(1);
});

test('Runs that failed between two looks are told, with the code of the last one.', async () => {
  keep('inbox');
  const error = { code: 'SOURCE_UNREADABLE', message: '', remedy: '' } as const;
  const lastRun = { dueAt: '', startedAt: '', state: 'failed', result: null, error } as const;
  const failed = (...recentFailures: readonly string[]) => statuses.set('inbox', { lastRun, recentFailures });
  failed('2026-01-02T00:00:00.000Z', '2026-01-02T01:00:00.000Z');
  expect(await look()).toMatchObject([{ count: 2, code: 'SOURCE_UNREADABLE', text: 'inbox: 2 runs failed.' }]);
  failed('2026-01-02T01:00:00.000Z', '2026-01-02T02:00:00.000Z');
  expect(await look()).toMatchObject([{ count: 1 }]);
  expect(await look()).toEqual([]);
  expect(reading()).toMatchObject({ failed: 3 });
});

test('A schedule that Temporal has lost is told, but not one that is just being added.', async () => {
  keep('lost');
  keep('new', new Date().toISOString());
  expect(await look()).toMatchObject([{ ids: ['lost'], text: expect.stringContaining('does not know') as string }]);
  expect(await look()).toEqual([]);
});

test('Counts of a restored database, and of another schedule of the same name, start from what they are.', async () => {
  keep('inbox');
  statuses.set('inbox', { missed: 5 });
  await look();
  statuses.set('inbox', { missed: 3 });
  expect(await look()).toEqual([]);
  statuses.set('inbox', { missed: 4 });
  expect(await look()).toMatchObject([{ count: 1 }]);
  removeSchedule(stateDir(), 'inbox');
  keep('inbox', '2026-02-01T00:00:00.000Z');
  statuses.set('inbox', { missed: 4 });
  expect(await look()).toMatchObject([{ count: 4 }]);
  expect(reading()).toMatchObject({ missed: 10 });
});

test('After a damaged book people are told again rather than not at all.', async () => {
  keep('inbox');
  statuses.set('inbox', { missed: 1 });
  await look();
  writeFileSync(join(stateDir(), 'schedules/.book.json'), '{"v":1,');
  expect(await look()).toHaveLength(1);
});
