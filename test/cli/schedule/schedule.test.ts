/** `ferry schedule` as far as it goes without Temporal: what is refused, and what a list says. */
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../src/cli/program/run';
import { scheduleDocument, scheduleLines } from '../../../src/cli/schedule/shared/describe';
import type { ScheduleStatus } from '../../../src/client/types';
import { ownDirectory } from '../../ledger/support';
import { fakeIo } from '../support/fake-io';

const own = ownDirectory();

/** Where the account may write. */
let limits = '';
beforeEach(() => {
  limits = '';
});

const add = (...words: readonly string[]) => ferry('add', ...words);

async function ferry(...words: readonly string[]) {
  await mkdir(join(own.path(), 'in'), { recursive: true });
  await writeFile(join(own.path(), 'm.csv'), 'source\n');
  await symlink(join(own.path(), 'in'), join(own.path(), 'alias')).catch(() => undefined);
  const account = '[accounts.acme]\naccountId = "12345678"\nconsumer = { mode = "signup", name = "ops" }\n';
  await writeFile(join(own.path(), 'acme.toml'), `defaultAccount = "acme"\n${account}${limits}`);
  const io = fakeIo({ cwd: own.path(), env: { HOME: own.path(), FERRY_STATE: join(own.path(), 'state') } });
  const code = await run(['schedule', ...words.slice(0, 1), '--config', 'acme.toml', ...words.slice(1)], io);
  return { code, err: io.err() };
}

test.each([
  [['inbox', '--', 'in'], 'Say when'],
  [['inbox', '--every', '15m', '--cron', '0 7 * * *', '--', 'in'], 'Say when'],
  [['inbox', '--every', '15m', '--timezone', 'Europe/Berlin', '--', 'in'], '--timezone belongs to --cron'],
  [['inbox', '--cron', '7 * *', '--', 'in'], 'five fields'],
  [['inbox', '--cron', '0 0 7 * * 1', '--', 'in'], 'five fields'],
  [['inbox', '--cron', '@daily', '--', 'in'], 'no names such as @daily'],
  [['inbox', '--cron', '0 7 * * 1#2', '--', 'in'], 'cannot have "#"'],
  [['inbox', '--every', '0', '--', 'in'], 'Write a time such as'],
  [['inbox', '--every', '1s', '--', 'in'], '--every must be at least 10s'],
  [['inbox', '--every', '15m', '--settle', '900h', '--', 'in'], '--settle must be at most 12h'],
  [['my box', '--every', '15m', '--', 'in'], 'cannot name a schedule'],
  [['inbox', '--every', '15m', '--', 'in', '--', '--glob', 'x'], 'Write -- once'],
  [['inbox', '--every', '15m', '--', 'in', 'other'], 'Too many arguments'],
  [['inbox', '--every', '15m', '--', '/dev/null'], 'neither a directory nor a file'],
  [['inbox', '--every', '15m', '--', 'in', '--account', 'nobody'], 'no account "nobody"'],
  [['inbox', '--every', '15m', '--', 'in', '--caption', 'of {column}'], '{column}, which is not a placeholder'],
  [['in/box', '--every', '15m', '--', 'in'], 'cannot name a schedule'],
  [['inbox', '--every', '15m', '--', 'none'], 'no manifest or directory'],
  [['inbox', '--every', '15m', '--then', 'burn', '--', 'in'], 'leave, delete or move:DIR'],
  [['inbox', '--every', '15m', '--then', 'delete', '--', 'm.csv'], 'for directories'],
  [['inbox', '--every', '15m', '--then', 'move:in/sent', '--', 'in'], 'lies in the directory'],
  [['inbox', '--every', '15m', '--then', 'move:alias/sent', '--', 'in'], 'lies in the directory'],
  [['inbox', '--every', '15m', '--then', 'move:alias', '--', 'in'], 'lies in the directory'],
  [['inbox', '--every', '15m', '--then', 'move:m.csv', '--', 'in'], 'm.csv is not a directory'],
  [['inbox', '--every', '15m', '--then', 'move:no/where', '--', 'in'], 'nor its parent exists'],
  [['inbox', '--every', '15m', '--then', 'move:/proc', '--', 'in'], 'on another file system'],
  [['inbox', '--every', '15m', '--catch-up', '5s', '--', 'in'], 'at least 10s'],
  [['inbox', '--every', '15m', '--', 'in', '--again'], '--again is not an option of a schedule'],
  [['inbox', '--every', '15m', '--', 'in', '--dry-run'], '--dry-run is not an option of a schedule'],
  [['inbox', '--every', '15m', '--', 'in', '--caption', 'file {line}'], 'cannot have {line}'],
  [['inbox', '--every', '15m', '--', 'in', '--glbo', 'x'], '--glob'],
])('ferry schedule add %j is refused, and nothing is kept.', async (words, reason) => {
  const { code, err } = await add(...words);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(reason) as string });
  expect(await readdir(own.path())).not.toContain('state');
});

test.each([
  ['in', '["other"]', []],
  ['in', '["in/below"]', []],
  ['alias', '["other"]', ['--recursive']],
])('A directory %s that the account does not allow (%s) is refused at once.', async (directory, sources, more) => {
  limits = `[accounts.acme.directories]\nsources = ${sources}\n`;
  await mkdir(join(own.path(), 'other'));
  await mkdir(join(own.path(), 'in/below'), { recursive: true });
  const { code, err } = await add('inbox', '--every', '15m', '--', directory, ...more);
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringContaining('outside the directories for sources') as string,
  });
  expect(await readdir(own.path())).not.toContain('state');
});

test('A directory with an allowed directory in it is taken when its subdirectories are sent as well.', async () => {
  limits = '[accounts.acme.directories]\nsources = ["in/below"]\n';
  await mkdir(join(own.path(), 'in/below'), { recursive: true });
  const { code, err } = await add('inbox', '--every', '15m', '--', 'in', '--recursive');
  expect({ code, err }).toEqual({ code: 4, err: expect.stringContaining('Temporal') as string });
});

test.each([[['--then', 'move:moved', '--', 'in']], [['--', 'in', '--fetch-to', 'back']]])(
  'ferry schedule add inbox %j is refused where the account limits directories, and nothing is kept.',
  async (words) => {
    limits = '[accounts.acme.directories]\nsources = ["in"]\ntargets = ["sent"]\n';
    await mkdir(join(own.path(), 'sent'));
    const { code, err } = await add('inbox', '--every', '15m', ...words);
    const reason = `outside the directories for targets (allowed are ${join(own.path(), 'sent')})`;
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(reason) as string });
    expect(await readdir(own.path())).not.toContain('state');
  },
);

test.each([[['--then', 'move:sent/new', '--', 'in']], [['--', 'in', '--fetch-to', 'sent']]])(
  'ferry schedule add inbox %j keeps to the directories of the account, so only Temporal is missing.',
  async (words) => {
    limits = '[accounts.acme.directories]\nsources = ["in"]\ntargets = ["sent"]\n';
    await mkdir(join(own.path(), 'sent'));
    expect((await add('inbox', '--every', '15m', ...words)).code).toBe(4);
  },
);

test.each([
  [['inbox'], 'Say what to change'],
  [['inbox', '--catch-up', '5s'], 'at least 10s'],
  [['inbox', '--settle', '900h'], 'at most 12h'],
])('ferry schedule update %j is refused before Temporal is asked.', async (words, reason) => {
  const { code, err } = await ferry('update', ...words);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(reason) as string });
});

const NOW = Date.parse('2026-11-28T12:00:00.000Z');
const status: ScheduleStatus = {
  name: 'inbox',
  host: 'desk',
  everyMs: 900_000,
  state: 'active',
  note: null,
  next: ['2026-11-28T12:15:00.000Z'],
  lastRun: {
    dueAt: '2026-11-28T11:45:00.000Z',
    startedAt: '2026-11-28T11:45:01.000Z',
    state: 'done',
    result: {
      files: 7,
      known: 4,
      unsettled: 1,
      refused: 1,
      reasons: ['x.html is an HTML.'],
      jobId: 'acme-inbox-1',
      wasThere: false,
      cleared: null,
    },
    error: null,
  },
  recentFailures: [],
  runs: 12,
  missed: 2,
  skipped: 3,
  catchUpMs: 86_400_000,
  pauseOnFailure: false,
};

test('A list says what the last run found and which runs did not happen.', () => {
  const text = scheduleLines(status, null, NOW).join('\n');
  expect(text).toContain('7 files, 4 sent before, 1 still changing, 1 refused (x.html is an HTML.), job acme-inbox-1');
  expect(text).toContain('12 runs, 2 runs missed (Temporal was away too long), 3 runs skipped');
  expect(scheduleDocument(status, null)).toMatchObject({ type: 'schedule', v: 1, missed: 2, skipped: 3, origin: null });
});

test('A list says why a schedule is paused, and why a run failed.', () => {
  const error = { code: 'SOURCE_UNREADABLE', message: 'The directory is gone.', remedy: 'mend it' } as const;
  const lastRun = { ...status.lastRun!, state: 'failed' as const, result: null, error };
  const paused = { ...status, state: 'paused' as const, note: 'the disk is full', next: [], lastRun };
  const text = scheduleLines(paused, null, NOW).join('\n');
  expect(text).toContain('paused: the disk is full');
  expect(text).toContain('failed: The directory is gone.');
});
