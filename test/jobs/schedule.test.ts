import promises, {
  appendFile,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { launcherIdOf, launcherPlaceIn, scheduleIdOf, scheduleNameIn } from '../../src/contract';
import { clearSent, prepareRun, readSchedule, removeSchedule, storeSchedule } from '../../src/jobs';
import type { AfterSending, ScheduleFile, SentFile } from '../../src/jobs/types';
import { md5Of } from '../../src/lib/file-digest';
import { waitFor } from '../support/wait-for';
import { accountOf, goodOf, jpeg, writeJpegs } from './manifest-support';
import { scratchDirectory } from './support';

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
const at = (name: string): string => join(scratch.path, name);

/** What the ledger has receipts of, by send key. */
let sent: Map<string, SentFile[]>;

beforeEach(async () => {
  scratch = await scratchDirectory();
  sent = new Map();
  await mkdir(at('in'));
});

afterEach(() => scratch.remove());

function scheduleOf(changes: Partial<ScheduleFile> = {}): ScheduleFile {
  return {
    type: 'schedule',
    v: 1,
    name: 'inbox',
    host: 'desk',
    job: { origin: at('in'), account: 'acme', caption: 'Hello {name}', sealed: true },
    skipBad: false,
    settleMs: 20,
    after: { do: 'leave' },
    createdAt: '2026-01-02T03:04:05.000Z',
    ...changes,
  };
}

const deps = { accountOf, sentUnder: async (sendKey: string) => sent.get(sendKey) ?? [] };

/**
 * Runs once and remembers everything in its job as sent. The messages are published a minute later: what a test changes
 * then, it changes between the upload and the receipt.
 */
async function runAndSend(schedule = scheduleOf()): Promise<readonly string[]> {
  const { job } = await prepareRun(schedule, deps);
  const startedMs = Date.now() + 10;
  for (const { sendKey, source } of job?.rows() ?? []) {
    const finishedAt = new Date(startedMs + 60_000).toISOString();
    const receipt = { md5: await md5Of(source), startedAt: new Date(startedMs).toISOString(), finishedAt };
    sent.set(sendKey ?? '', [receipt]);
  }
  // The clock of files may lag behind by some milliseconds.
  await waitFor(() => (Date.now() > startedMs + 20 ? true : undefined));
  return job === null ? [] : goodOf(job).map((line) => line.split(' ')[1] ?? '');
}

test('A run sends what is new, and a run after it sends nothing.', async () => {
  await writeJpegs(at('in'), 'a.jpg', 'b.jpg', '.c.jpg', 'd.jpg.part', 'e.tmp', '~$f.jpg');
  expect(await runAndSend()).toEqual(['a.jpg', 'b.jpg']);
  expect(await prepareRun(scheduleOf(), deps)).toEqual({ files: 2, known: 2, unsettled: 0, job: null });
  await writeJpegs(at('in'), 'c.jpg');
  expect(await runAndSend()).toEqual(['c.jpg']);
});

test('The same new files are the same job, whichever run finds them.', async () => {
  await writeJpegs(at('in'), 'a.jpg', 'b.jpg');
  const idOf = async (name: string) => (await prepareRun(scheduleOf({ name }), deps)).job?.header.jobId;
  expect(await idOf('one')).toBe(await idOf('two'));
});

test('A file that was written anew, or changed in any way since its receipt, goes into a job again.', async () => {
  await writeJpegs(at('in'), 'a.jpg', 'b.jpg', 'c.jpg');
  await utimes(at('in/b.jpg'), 1, 1);
  await runAndSend();
  await writeFile(at('in/a.jpg'), jpeg('other'));
  const { atime, mtime } = await stat(at('in/b.jpg'));
  await writeFile(at('in/b.jpg'), jpeg('x.jpg'));
  await utimes(at('in/b.jpg'), atime, mtime);
  const { known, job } = await prepareRun(scheduleOf(), deps);
  expect(known).toBe(1);
  expect(goodOf(job!)).toEqual(['1 a.jpg Hello a.jpg', '2 b.jpg Hello b.jpg']);
});

test('A file that was rewritten with its size and time restored is another job, and the same job at each run.', async () => {
  await writeJpegs(at('in'), 'a.jpg');
  await utimes(at('in/a.jpg'), 1, 1);
  const idNow = async () => (await prepareRun(scheduleOf(), deps)).job?.header.jobId;
  const first = await idNow();
  await runAndSend();
  await writeFile(at('in/a.jpg'), jpeg('b.jpg'));
  await utimes(at('in/a.jpg'), 1, 1);
  const second = await idNow();
  expect([second === undefined, second === first, (await idNow()) === second]).toEqual([false, false, true]);
});

test('A file that grows while it is looked at is left to a later run, whatever its times say.', async () => {
  await writeJpegs(at('in'), 'a.jpg', 'slow.jpg', 'back.jpg');
  const growing = setInterval(() => {
    void appendFile(at('in/slow.jpg'), 'x');
    void appendFile(at('in/back.jpg'), 'x').then(() => utimes(at('in/back.jpg'), 1, 1));
  }, 10);
  try {
    const { files, unsettled, job } = await prepareRun(scheduleOf({ settleMs: 200 }), deps);
    expect([files, unsettled]).toEqual([3, 2]);
    expect(goodOf(job!)).toEqual(['1 a.jpg Hello a.jpg']);
  } finally {
    clearInterval(growing);
  }
});

test('The clock of a file server does not matter: files of the future and of 1970 are sent once, when they rest.', async () => {
  await writeJpegs(at('in'), 'future.jpg', 'past.jpg');
  const tomorrow = Date.now() / 1000 + 86_400;
  await utimes(at('in/future.jpg'), tomorrow, tomorrow);
  await utimes(at('in/past.jpg'), 0, 0);
  expect(await runAndSend()).toEqual(['future.jpg', 'past.jpg']);
  expect(await prepareRun(scheduleOf(), deps)).toMatchObject({ known: 2, unsettled: 0, job: null });
});

test('A file that is replaced by a rename while it settles is left to a later run, also with the same size and time.', async () => {
  await writeJpegs(at('in'), 'a.jpg', 'b.jpg');
  await writeFile(at('next'), jpeg('b.jpg'));
  for (const path of ['in/b.jpg', 'next']) await utimes(at(path), 1, 1);
  const replacing = setTimeout(() => void rename(at('next'), at('in/b.jpg')), 50);
  try {
    const { files, unsettled, job } = await prepareRun(scheduleOf({ settleMs: 300 }), deps);
    expect([files, unsettled, goodOf(job!)]).toEqual([2, 1, ['1 a.jpg Hello a.jpg']]);
  } finally {
    clearTimeout(replacing);
  }
  expect(await runAndSend()).toEqual(['a.jpg', 'b.jpg']);
});

test('A file that appears, or goes, while others settle is left to a later run.', async () => {
  await writeJpegs(at('in'), 'a.jpg', 'gone.jpg');
  const changing = setTimeout(() => {
    void rename(at('in/gone.jpg'), at('in/.gone.jpg'));
    void writeFile(at('in/new.jpg'), jpeg('new.jpg'));
  }, 50);
  try {
    const { files, unsettled, job } = await prepareRun(scheduleOf({ settleMs: 300 }), deps);
    expect([files, unsettled, goodOf(job!)]).toEqual([2, 1, ['1 a.jpg Hello a.jpg']]);
  } finally {
    clearTimeout(changing);
  }
});

test('Temporary names and hidden directories are never taken, in any case of their letters, also from below.', async () => {
  await mkdir(at('in/.hidden'));
  await mkdir(at('in/deep/.cache'), { recursive: true });
  const left = ['.a.jpg', 'b.jpg.PART', 'c.jpg.Tmp', '~$d.jpg', '.hidden/e.jpg', 'deep/.cache/f.jpg', 'deep/~$g.jpg'];
  await writeJpegs(at('in'), ...left, 'deep/part.jpg', 'tmp.jpg', 'h~$.jpg', 'i.part.jpg');
  const schedule = scheduleOf({ job: { ...scheduleOf().job, recursive: true } });
  expect(await runAndSend(schedule)).toEqual(['part.jpg', 'h~$.jpg', 'i.part.jpg', 'tmp.jpg']);
});

test('Files that would be refused are told, and make no jobs.', async () => {
  await writeFile(at('in/text.jpg'), 'hello');
  await writeFile(at('in/empty.jpg'), '');
  const { files, unsettled, job } = await prepareRun(scheduleOf(), deps);
  expect([files, unsettled, job!.header.lines, job!.bad]).toEqual([2, 0, 0, 2]);
  expect(job!.problems.map(({ error }) => error.code)).toEqual(['EMPTY_FILE', 'IMAGE_BROKEN']);
});

test('A manifest is taken when it has settled.', async () => {
  await writeJpegs(scratch.path, 'a.jpg');
  await writeFile(at('m.csv'), 'source\na.jpg\n');
  const schedule = scheduleOf({ job: { origin: at('m.csv'), account: 'acme' } });
  const { job } = await prepareRun(schedule, deps);
  expect(goodOf(job!)).toEqual(['2 a.jpg']);
});

describe('after sending', () => {
  async function clear(after: AfterSending) {
    return clearSent(scheduleOf({ after }), deps);
  }

  test('files that were sent are moved, with a number where the name is taken; others stay.', async () => {
    await writeJpegs(at('in'), 'a.jpg', 'b.jpg');
    await runAndSend();
    await mkdir(at('out'));
    await writeFile(at('out/a.jpg'), 'another');
    await writeJpegs(at('in'), 'new.jpg');
    expect(await clear({ do: 'move', directory: at('out') })).toEqual({ cleared: 2, left: 0, problems: [] });
    expect(await readdir(at('in'))).toEqual(['new.jpg']);
    expect((await readdir(at('out'))).sort()).toEqual(['a-2.jpg', 'a.jpg', 'b.jpg']);
    expect(await readFile(at('out/a.jpg'), 'utf8')).toBe('another');
    expect(await readFile(at('out/a-2.jpg'))).toEqual(jpeg('a.jpg'));
  });

  test('files that were sent are deleted, and one whose content changed under its size and time stays.', async () => {
    await writeJpegs(at('in'), 'a.jpg', 'b.jpg', 'c.jpg');
    for (const name of ['b.jpg', 'c.jpg']) await utimes(at(`in/${name}`), 1, 1);
    await runAndSend();
    const { atime, mtime } = await stat(at('in/b.jpg'));
    await writeFile(at('in/b.jpg'), jpeg('x.jpg'));
    // The content of c.jpg is still what was sent.
    for (const name of ['b.jpg', 'c.jpg']) await utimes(at(`in/${name}`), atime, mtime);
    const { cleared, left, problems } = await clear({ do: 'delete' });
    expect([cleared, left]).toEqual([2, 1]);
    expect(problems[0]).toMatch(/b\.jpg was changed after it was sent/);
    expect(await readdir(at('in'))).toEqual(['b.jpg']);
  });

  describe('with a name as long as the file system takes', () => {
    const plain = `${'a'.repeat(251)}.jpg`;
    const wide = `${'ü'.repeat(125)}e.jpg`;

    test('files are deleted, or moved with a number where the name is taken.', async () => {
      await writeJpegs(at('in'), plain, wide);
      await runAndSend();
      await mkdir(at('out'));
      for (const name of [plain, wide]) await writeFile(at(`out/${name}`), 'another');
      expect(await clear(move())).toEqual({ cleared: 2, left: 0, problems: [] });
      const numbered = [`${'a'.repeat(249)}-2.jpg`, `${'ü'.repeat(124)}-2.jpg`];
      expect(await names()).toEqual([[], [plain, wide, ...numbered].sort()]);
      await writeJpegs(at('in'), plain);
      await runAndSend();
      expect(await clear(remove)).toEqual({ cleared: 1, left: 0, problems: [] });
      expect(await readdir(at('in'))).toEqual([]);
    });

    /** As an attempt leaves the file that is killed once the file is put aside. */
    async function killedAside(): Promise<string> {
      await mkdir(at('out'));
      await writeJpegs(at('in'), plain);
      await runAndSend();
      const hidden = at(`in/${(await asideName(at(`in/${plain}`))).slice(0, 24)}`);
      await mkdir(hidden);
      await rename(at(`in/${plain}`), join(hidden, plain));
      return join(hidden, plain);
    }

    test('what was put aside when an attempt was killed is moved by the next.', async () => {
      await killedAside();
      expect(await clear(move())).toEqual({ cleared: 0, left: 0, problems: [] });
      expect(await names()).toEqual([[], [plain]]);
    });

    test('what was put aside and is not what was sent gets its name back.', async () => {
      await appendFile(await killedAside(), 'x');
      expect(await clear(remove)).toEqual({ cleared: 0, left: 0, problems: [] });
      expect(await names()).toEqual([[plain], []]);
    });

    test('an attempt that was killed before its rename leaves nothing.', async () => {
      await killedAside();
      await clear(move());
      await mkdir(at('in/.ferry-sent-0123456789ab'));
      await clear(move());
      expect(await names()).toEqual([[], [plain]]);
    });
  });

  test('a link stays, and so does what it leads to.', async () => {
    await writeJpegs(scratch.path, 'a.jpg');
    await symlink(at('a.jpg'), at('in/link.jpg'));
    expect(await runAndSend()).toEqual(['a.jpg']);
    expect(await clear({ do: 'delete' })).toMatchObject({ cleared: 0, left: 1 });
    expect(await readdir(at('in'))).toEqual(['link.jpg']);
    await expect(stat(at('a.jpg'))).resolves.toBeDefined();
  });

  const move = (): AfterSending => ({ do: 'move', directory: at('out') });
  const remove: AfterSending = { do: 'delete' };

  /** A file that was sent and put aside, as an attempt leaves it that is killed then. */
  async function putAside(): Promise<string> {
    await mkdir(at('out'));
    await writeJpegs(at('in'), 'a.jpg');
    await runAndSend();
    const aside = at(`in/${await asideName(at('in/a.jpg'))}`);
    await rename(at('in/a.jpg'), aside);
    return aside;
  }

  const names = async () => [(await readdir(at('in'))).sort(), (await readdir(at('out'))).sort()];

  test.each([
    ['deleted', () => remove, []],
    ['moved', move, ['a.jpg']],
  ])('what was put aside when an attempt was killed is %s by the next.', async (_what, after, there) => {
    await putAside();
    expect(await clear(after())).toEqual({ cleared: 0, left: 0, problems: [] });
    expect(await names()).toEqual([[], there]);
  });

  test('a file that a killed attempt has moved and not let go is in the other directory once.', async () => {
    await link(await putAside(), at('out/a.jpg'));
    expect(await clear(move())).toEqual({ cleared: 0, left: 0, problems: [] });
    expect(await names()).toEqual([[], ['a.jpg']]);
  });

  test('a file that a killed attempt has given back and not let go is there once.', async () => {
    const aside = await putAside();
    await appendFile(aside, 'x');
    await link(aside, at('in/a.jpg'));
    expect(await clear(remove)).toEqual({ cleared: 0, left: 0, problems: [] });
    expect(await names()).toEqual([['a.jpg'], []]);
  });

  test.each([
    ['deleted', () => remove],
    ['moved', move],
  ])('what was put aside to be %s and is not what was sent gets its name back.', async (_what, after) => {
    await appendFile(await putAside(), 'x');
    await clear(after());
    expect(await names()).toEqual([['a.jpg'], []]);
  });

  test('what gets its name back does not take that of a file that has come meanwhile.', async () => {
    await appendFile(await putAside(), 'x');
    await writeFile(at('in/a.jpg'), jpeg('new'));
    await clear(remove);
    expect(await names()).toEqual([['a-2.jpg', 'a.jpg'], []]);
    expect(await readFile(at('in/a.jpg'))).toEqual(jpeg('new'));
  });

  test.each([
    ['deleted', () => remove],
    ['moved', move],
  ])('a file that a writer renames into place at the last moment is not %s.', async (_what, after) => {
    await mkdir(at('out'));
    await writeJpegs(at('in'), 'a.jpg');
    await runAndSend();
    await writeFile(at('new'), jpeg('new'));
    jest.spyOn(promises, 'rename').mockImplementationOnce(async (from, to) => {
      await rename(at('new'), at('in/a.jpg'));
      await rename(from, to);
    });
    const { cleared, problems } = await clear(after());
    expect([cleared, problems]).toEqual([0, [expect.stringMatching(/replaced at this moment, and stays/) as string]]);
    expect(await names()).toEqual([['a.jpg'], []]);
    expect(await readFile(at('in/a.jpg'))).toEqual(jpeg('new'));
  });

  test('a file stays under its name when the other directory is on another file system.', async () => {
    await writeJpegs(at('in'), 'a.jpg');
    await runAndSend();
    const elsewhere = await mkdtemp('/dev/shm/ferry-test-').catch(() => null);
    if (elsewhere === null || (await stat(elsewhere)).dev === (await stat(at('in'))).dev) return;
    try {
      const before = await stat(at('in/a.jpg'));
      const { cleared, left, problems } = await clear({ do: 'move', directory: elsewhere });
      // Else the next run would compare the content of the file in another job.
      expect((await stat(at('in/a.jpg'))).ctimeMs).toBe(before.ctimeMs);
      expect([cleared, left, await readdir(at('in')), await readdir(elsewhere)]).toEqual([0, 1, ['a.jpg'], []]);
      expect(problems[0]).toMatch(/another file system/);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });

  test.each([
    ['rename', 'EROFS', 'may not write in', 'in'],
    ['link', 'EACCES', 'may not write in', 'out'],
    ['link', 'ENOSPC', 'there is no room left in', 'out'],
  ] as const)(
    'a file that %s cannot move (%s) stays, and the reason names the directory.',
    async (call, code, why, where) => {
      await mkdir(at('out'));
      await writeJpegs(at('in'), 'a.jpg');
      await runAndSend();
      jest.spyOn(promises, call).mockImplementationOnce((path, dest) => {
        return Promise.reject(Object.assign(new Error('no'), { code, path, dest }));
      });
      const { left, problems } = await clear(move());
      expect([left, problems]).toEqual([1, [expect.stringContaining(`${why} ${at(where)} (${code}).`) as string]]);
      expect(await names()).toEqual([['a.jpg'], []]);
    },
  );

  test('a file is not touched while the worker may not write in the other directory.', async () => {
    await mkdir(at('out'));
    await writeJpegs(at('in'), 'a.jpg');
    await runAndSend();
    const before = await stat(at('in/a.jpg'));
    const refused = Object.assign(new Error('no'), { code: 'EROFS', syscall: 'access', path: at('out') });
    jest.spyOn(promises, 'access').mockRejectedValueOnce(refused);
    const { problems } = await clear(move());
    expect(problems).toEqual([expect.stringContaining(`may not write in ${at('out')} (EROFS).`) as string]);
    expect((await stat(at('in/a.jpg'))).ctimeMs).toBe(before.ctimeMs);
  });

  test('without hard links a file is moved as well, and takes no other file its name.', async () => {
    const refused = Object.assign(new Error('not here'), { code: 'EPERM' });
    const spy = jest.spyOn(promises, 'link').mockRejectedValue(refused);
    try {
      await mkdir(at('out'));
      await writeFile(at('out/a.jpg'), 'another');
      await writeJpegs(at('in'), 'a.jpg');
      await runAndSend();
      expect(await clear(move())).toEqual({ cleared: 1, left: 0, problems: [] });
      expect(await names()).toEqual([[], ['a-2.jpg', 'a.jpg']]);
      expect(spy).toHaveBeenCalled();
      expect(await readFile(at('out/a.jpg'), 'utf8')).toBe('another');
      expect(await readFile(at('out/a-2.jpg'))).toEqual(jpeg('a.jpg'));
    } finally {
      spy.mockRestore();
    }
  });

  test('files of directories below are cleared where they lie, also after a kill.', async () => {
    await mkdir(at('in/deep'));
    await writeJpegs(at('in/deep'), 'a.jpg', 'b.jpg');
    const schedule = scheduleOf({ job: { ...scheduleOf().job, recursive: true }, after: { do: 'delete' } });
    await runAndSend(schedule);
    await rename(at('in/deep/a.jpg'), at(`in/deep/${await asideName(at('in/deep/a.jpg'))}`));
    expect(await clearSent(schedule, deps)).toEqual({ cleared: 1, left: 0, problems: [] });
    expect(await readdir(at('in/deep'))).toEqual([]);
  });
});

/** The name under which a file is put aside, as an attempt that is killed leaves it. */
async function asideName(path: string): Promise<string> {
  const { createHash } = await import('node:crypto');
  const { ino, size, mtimeMs } = await stat(path);
  const mark = createHash('sha256')
    .update(JSON.stringify([ino, size, Math.floor(mtimeMs + 0.001)]))
    .digest('hex');
  return `.ferry-sent-${mark.slice(0, 12)}-${path.slice(path.lastIndexOf('/') + 1)}`;
}

test('What a schedule sends is kept for its owner alone, once, until it is removed.', async () => {
  await mkdir(at('state'), { mode: 0o700 });
  const schedule = scheduleOf();
  storeSchedule(at('state'), schedule);
  expect(readSchedule(at('state'), 'inbox')).toEqual(schedule);
  expect((await stat(at('state/schedules/inbox.json'))).mode & 0o777).toBe(0o600);
  expect(() => storeSchedule(at('state'), schedule)).toThrow(/There is a schedule inbox/);
  removeSchedule(at('state'), 'inbox');
  expect(() => readSchedule(at('state'), 'inbox')).toThrow(/does not know what the schedule inbox sends/);
  expect(() => readSchedule(at('state'), '../inbox')).toThrow(/cannot name a schedule/);
});

test.each(['h', 'a-b.c', 'h-2026-01-02T03:04:05Z'])(
  'The id of a launcher says its host %s and its schedule.',
  (host) => {
    for (const schedule of ['inbox', 'in-box.2', 'x-2026']) {
      const place = { host, schedule };
      expect(launcherPlaceIn(launcherIdOf(schedule, host))).toEqual(place);
      expect(launcherPlaceIn(`${launcherIdOf(schedule, host)}-2026-11-28T10:00:00Z`)).toEqual(place);
      expect(scheduleNameIn(scheduleIdOf(schedule))).toBe(schedule);
    }
    for (const id of ['acme-x', 'ferry-launcher/h', 'ferry-launcher/a/b/c']) expect(launcherPlaceIn(id)).toBeNull();
  },
);
