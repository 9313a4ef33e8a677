import type { Notice } from '../../src/contract';
import { NoticeGroups } from '../../src/workflows/notice-groups';

const T0 = Date.parse('2026-03-01T10:00:00.000Z');
const MINUTE = 60_000;

function notice(changes: Partial<Notice> = {}): Notice {
  return { account: 'acme', reason: 'parked', count: 1, code: 'DISK_FULL', ids: ['t1'], text: 'one', ...changes };
}

/** Sends what is due, as the workflow does; returns the counts. */
function send(groups: NoticeGroups, now: number): number[] {
  const counts: number[] = [];
  for (let due = groups.takeDue(now); due !== null; due = groups.takeDue(now)) {
    counts.push(due.count);
    groups.sent(due, now);
  }
  return counts;
}

test('Fifteen thousand parked lines within a quarter of an hour are two messages: the first ones, and the others.', () => {
  const groups = new NoticeGroups([]);
  const messages: number[] = [];
  for (let line = 0; line < 15_000; line += 1) {
    const now = T0 + line * 50;
    groups.add({ notices: [notice({ ids: [`t${line}`] })] }, now);
    messages.push(...send(groups, now));
  }
  for (let minute = 0; minute < 60; minute += 1) messages.push(...send(groups, T0 + (13 + minute) * MINUTE));
  expect(messages).toHaveLength(2);
  expect(messages[0]! + messages[1]!).toBe(15_000);
});

test('A message has the number of each code and the first ids, and the sentence of a case only while there is one case.', () => {
  const groups = new NoticeGroups([]);
  groups.add({ notices: [notice()] }, T0);
  const alone = new NoticeGroups(groups.carried()).takeDue(T0 + MINUTE);
  expect(alone).toMatchObject({ count: 1, text: 'one', ids: ['t1'] });
  const ids = Array.from({ length: 9 }, (_, at) => `u${at}`);
  groups.add({ notices: [notice({ code: 'SOURCE_MISSING', count: 9, ids })] }, T0 + 1000);
  expect(groups.takeDue(T0 + MINUTE)).toEqual({
    account: 'acme',
    reason: 'parked',
    count: 10,
    codes: { DISK_FULL: 1, SOURCE_MISSING: 9 },
    ids: ['t1', 'u0', 'u1', 'u2', 'u3'],
    text: null,
    since: '2026-03-01T10:00:00.000Z',
    until: '2026-03-01T10:00:01.000Z',
  });
});

test('Accounts and reasons are told apart.', () => {
  const groups = new NoticeGroups([]);
  groups.add({ notices: [notice(), notice({ account: 'other' }), notice({ reason: 'failed' })] }, T0);
  expect(send(groups, T0 + MINUTE)).toEqual([1, 1, 1]);
});

test('When the quiet time has passed and nothing came, the group is forgotten, and the next notice is told at once.', async () => {
  const groups = new NoticeGroups([]);
  groups.add({ notices: [notice()] }, T0);
  send(groups, T0 + 5000);
  expect(groups.isEmpty()).toBe(false);
  // The clock of this test is long ahead of it: every quiet time is over.
  await groups.untilChange(T0, () => Promise.resolve(true) as never);
  expect(groups.isEmpty()).toBe(true);
});

test('What a stranger signals is dropped: it must not stop the workflow.', () => {
  const groups = new NoticeGroups([]);
  const bad = [
    null,
    7,
    {},
    notice({ count: 0 }),
    notice({ count: 1.5 }),
    { ...notice(), reason: 'toString' },
    { ...notice(), code: 'NO_SUCH' },
    { ...notice(), ids: [7] },
  ];
  for (const notices of [bad, 'text', undefined]) groups.add({ notices }, T0);
  expect(groups.isEmpty()).toBe(true);
});
