/** What activities accept. `FERRY_FUZZ_RUNS=1000000 npx jest test/activities/inputs` is the long run. */
import * as fc from 'fast-check';
import {
  createConsumerActivities,
  createHostActivities,
  createIoActivities,
  createLeaseActivities,
  createSharedActivities,
  type Limiter,
} from '../../src/activities';
import { checkedInput } from '../../src/activities/bounds';
import type { Bounded } from '../../src/activities/edge';
import type { ActivityName } from '../../src/contract';
import { isFerryError } from '../../src/errors';
import { failureOf, fakeDeps, runAttempt } from './support';

const RUNS = Number(process.env['FERRY_FUZZ_RUNS'] ?? 10_000);

const identity = { account: 'acme', consumer: 'ops' };
const transfer = { ...identity, transferId: 't' };
const url = { relativePath: '/v1/a/c/x.JPG', sealed: 'f1.x', expiresAt: 1 };
const token = { sealed: 'f1.x', consumerId: 'sub', expiresAt: null, fingerprint: 'f' };
const file = { source: '/a/x.jpg', name: 'x.jpg', sizeBytes: 1, mtimeMs: 1.5, inode: 1, fileType: 'JPG', notes: [] };
const opened = { conversationId: 'c', dialogId: 'c', consumerId: 'sub', lastSequence: 0 };
const receipt = {
  ...transfer,
  source: '/a/x.jpg',
  host: 'h',
  conversationId: 'c',
  dialogId: 'c',
  relativePath: '/v1/x',
  sequence: 1,
  caption: '',
  fileType: 'JPG',
  sizeBytes: 1,
  md5: 'm',
  sha256: null,
  fetchedTo: null,
  urlRenewals: 0,
  bytesSent: 1,
  bytesFetched: 0,
  repeated: false,
  startedAt: '2026-03-01T10:00:00.000Z',
  finishedAt: '2026-03-01T10:00:00.000Z',
};

const page = {
  jobId: 'acme-jan-1',
  pass: 1,
  page: 0,
  ...identity,
  conversationId: null,
  verify: false,
};
const line = {
  line: 2,
  source: '/a/x.jpg',
  sizeBytes: 1,
  mtimeMs: 1.5,
  inode: 1,
  caption: '',
  fetchTo: null,
  transferId: 't',
  sendKey: 't',
};
const stored = { relativePath: '/v1/x', fileType: 'JPG', md5: 'm', sha256: null };
const delivered = { line, name: 'x.jpg', ...stored, urlRenewals: 0, bytesSent: 1 };
const result = {
  line: 2,
  state: 'done',
  transferId: 't',
  source: '/a/x.jpg',
  conversationId: 'c',
  sequence: 1,
  ...stored,
  sizeBytes: 1,
  fetchedTo: null,
  error: null,
  finishedAt: '2026-03-01T10:00:00.000Z',
};

const auditEntry = {
  ...transfer,
  id: 'r',
  at: '2026-03-01T10:00:00.000Z',
  action: 'pause',
  host: 'h',
  source: '/a/x.jpg',
  by: 'eve@lap',
  why: 'the storage is moved',
};

const grant = {
  version: 1,
  share: { requests: 1, transfers: null },
  fallback: { requests: 1, transfers: 0 },
  requestsPerSecond: null,
  bytesPart: 0.5,
  bytesPerSecond: 1,
  timetable: null,
  heldUntil: 0,
};

const notice = { account: 'acme', reason: 'parked', count: 1, code: 'DISK_FULL', ids: ['t'], text: null };

const noticeGroup = {
  account: 'acme',
  reason: 'parked',
  count: 2,
  codes: { DISK_FULL: 2 },
  ids: ['t'],
  text: null,
  since: '2026-03-01T10:00:00.000Z',
  until: '2026-03-01T10:00:00.000Z',
};

/** One good input for each activity. */
const GOOD = {
  enable: identity,
  open: { ...transfer, conversationId: null, closed: ['c0'] },
  requestUploadUrl: { ...transfer, sizeBytes: 1, fileType: 'JPG' },
  requestDownloadUrl: { ...transfer, relativePath: '/v1/x' },
  publish: {
    ...transfer,
    opened,
    file,
    relativePath: '/v1/x',
    caption: 'c',
    lookFirst: false,
    lookOnly: false,
    settledAt: null,
    receipt,
  },
  inspect: {
    ...identity,
    source: { path: '/a/x.jpg', sizeBytes: null, mtimeMs: null, inode: null },
    caption: '',
    fetchTo: null,
  },
  digestSource: { ...identity, path: '/a/x.jpg' },
  discardPart: { account: 'acme', target: '/a/x.jpg' },
  upload: { ...transfer, file, url },
  fetch: { ...transfer, url, target: '/a/x.jpg', expected: null },
  keepReceipt: { receipt, runId: 'r' },
  keepAudit: { entries: [auditEntry] },
  clerk: { jobId: 'acme-jan-1', pass: 1, retry: null, finished: [], from: { offset: 0, page: 0 }, wanted: 1 },
  deliverPage: { page: { ...page, lines: [line] } },
  publishPage: { page, host: 'h', opened, lines: [delivered], lookFirst: false, settledAt: null },
  fetchPage: { page, lines: [{ line, result }] },
  launch: { schedule: 'inbox' },
  clear: { schedule: 'inbox' },
  tell: { notices: [notice] },
  deliverNotice: { destination: 'ops', messageId: 'msg_1', group: noticeGroup, stopped: null },
  acquireToken: { ...identity, previous: null },
  ensureConversation: { ...identity, token, closed: [], settledAt: null },
  resealToken: { ...identity, token },
  lookAtConversation: { ...identity, token, conversationId: 'c' },
  holdLease: { account: 'acme', workerId: 'w', since: 1 },
  setShare: { account: 'acme', workerId: 'w', grant },
} as const satisfies Record<ActivityName, object>;

type Name = ActivityName;
const NAMES = Object.keys(GOOD) as Name[];

type AnyActivity = Bounded<unknown, unknown>;

/** Nothing that the activities could touch is there: whatever goes past the check fails loudly. */
function activities(): Record<string, AnyActivity> {
  const deps = fakeDeps({});
  return {
    ...createSharedActivities(deps),
    ...createHostActivities(deps),
    ...createIoActivities(deps),
    ...createConsumerActivities(deps),
    ...createLeaseActivities({ limiter: undefined as unknown as Limiter, confirm: () => Promise.resolve() }),
  } as unknown as Record<string, AnyActivity>;
}

const ACCEPTS = Object.fromEntries(Object.entries(activities()).map(([name, { accepts }]) => [name, accepts]));

function schemaOf(name: Name): AnyActivity['accepts'] {
  const schema = ACCEPTS[name];
  if (schema === undefined) throw new Error(`${name} has no schema`);
  return schema;
}

function checked(name: Name, input: unknown): unknown {
  return checkedInput(schemaOf(name), input);
}

test('every activity has a schema', () => {
  expect(Object.keys(activities()).sort()).toEqual([...NAMES].sort());
});

test.each(NAMES)('%s takes a good input, also with a field that is new', (name) => {
  expect(checked(name, GOOD[name])).toBe(GOOD[name]);
  const newer = { ...GOOD[name], label: 'of a newer client' };
  expect(checked(name, newer)).toBe(newer);
});

/** With an account that is too long; a job's id where the input has no account. */
function outOfBounds(name: Name, long: string): object {
  if (name === 'keepAudit') return { entries: [{ ...auditEntry, account: long }] };
  if (name === 'keepReceipt') return { receipt: { ...receipt, account: long }, runId: 'r' };
  if (name === 'deliverPage') return { page: { ...page, lines: [line], account: long } };
  if (name === 'publishPage' || name === 'fetchPage') return { ...GOOD[name], page: { ...page, account: long } };
  if (name === 'launch' || name === 'clear') return { schedule: long };
  if (name === 'tell') return { notices: [{ ...notice, account: long }] };
  if (name === 'deliverNotice') return { ...GOOD[name], group: { ...noticeGroup, account: long } };
  return { ...GOOD[name], ...(name === 'clerk' ? { jobId: long } : { account: long }) };
}

test.each(NAMES)('%s refuses for good what is out of bounds, before anything else', async (name) => {
  const run = activities()[name];
  if (run === undefined) throw new Error(`there is no ${name}`);
  const account = `token${'\\'.repeat(200_000)}`;
  const bad = outOfBounds(name, account);
  for (const input of [bad, {}, null, undefined, 7, 'text', []]) {
    // CPU time: on a busy machine the clock on the wall also counts what others do.
    const start = process.cpuUsage();
    const failure = await failureOf(runAttempt(run, input));
    const { user, system } = process.cpuUsage(start);
    expect(failure).toMatchObject({ type: 'INPUT_REFUSED', nonRetryable: true });
    expect(failure.message.length).toBeLessThan(200);
    expect((user + system) / 1000).toBeLessThan(200);
  }
});

test.each([
  ['account', { ...GOOD.fetch, account: 'a'.repeat(65) }],
  ['consumer', { ...GOOD.fetch, consumer: 'a'.repeat(101) }],
  ['transferId', { ...GOOD.fetch, transferId: 'a'.repeat(256) }],
  ['target', { ...GOOD.fetch, target: `/${'a'.repeat(4096)}` }],
  ['target', { ...GOOD.fetch, target: '/a\0b' }],
  ['url.sealed', { ...GOOD.fetch, url: { ...url, sealed: 'a'.repeat(70_000) } }],
])('fetch refuses %s beyond its bound and names the field', (field, input) => {
  expect(() => checked('fetch', input)).toThrow(`The field ${field} of this step's input`);
});

test('a caption is bounded in characters, as people count them', () => {
  const withCaption = (caption: string) => checked('inspect', { ...GOOD.inspect, caption });
  expect(withCaption('\u{1f600}'.repeat(1000))).toBeDefined();
  expect(() => withCaption('x'.repeat(1001))).toThrow('The field caption');
});

test.each(['../../etc/x', '2026-13-01T00:00:00Z', '0026-01-01T00:00:00Z', '2026-01/../../x', ''])(
  'a receipt that ended at %j is refused',
  (finishedAt) => {
    const input = { receipt: { ...receipt, finishedAt }, runId: 'r' };
    expect(() => checked('keepReceipt', input)).toThrow('receipt.finishedAt');
  },
);

test(`of ${RUNS} inputs made at random none gets past out of bounds, throws anything else or takes 50 ms`, () => {
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.anything({ maxDepth: 3 }) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.string(), fc.integer({ min: 0, max: 20_000 }))
        .map(([s, n]) => s.repeat(n).slice(0, 100_000)),
    },
    { weight: 1, arbitrary: fc.array(fc.string(), { maxLength: 2000 }) },
  );
  let worst = 0;
  const passed: string[] = [];
  const property = fc.property(fc.constantFrom(...NAMES), fc.nat(30), value, (name, which, made) => {
    const good: Record<string, unknown> = GOOD[name];
    const keys = Object.keys(good);
    const input = which === 0 ? made : { ...good, [keys[which % keys.length] ?? 'account']: made };
    const start = process.cpuUsage();
    try {
      checked(name, input);
      passed.push((input as { account?: string }).account ?? '');
    } catch (error) {
      if (!isFerryError(error) || error.code !== 'INPUT_REFUSED') throw error;
    }
    // CPU time: on a busy machine the clock on the wall also counts what others do.
    const { user, system } = process.cpuUsage(start);
    worst = Math.max(worst, (user + system) / 1000);
  });
  fc.assert(property, { numRuns: RUNS });
  expect(worst).toBeLessThan(50);
  expect(passed.every((account) => account.length <= 64)).toBe(true);
  if (RUNS > 10_000) process.stdout.write(`inputs: ${RUNS} inputs, the slowest took ${worst.toFixed(1)} ms\n`);
}, 3_600_000);
