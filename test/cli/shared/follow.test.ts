import { createFollower } from '../../../src/cli/shared/follow/follower';
import { createLogReporter } from '../../../src/cli/shared/follow/log-reporter';
import { rowLines } from '../../../src/cli/shared/follow/rows';
import { absorb, track, type Tracked } from '../../../src/cli/shared/follow/tracked';
import { createOutput } from '../../../src/cli/shared/output/output';
import { styleFor } from '../../../src/cli/shared/output/style';
import { textWidth } from '../../../src/cli/shared/output/text';
import type { TransferStatus } from '../../../src/client/types';
import { doneEvent, eventOf, fakeClient, statusOf } from '../support/fake-client';
import { fakeIo } from '../support/fake-io';

const NOON = new Date(2026, 10, 22, 14, 2).getTime();
const item = { transferId: 'acme-plan-7kq2', label: 'plan.jpg', source: 'plan.jpg', host: 'here', repeated: false };
const style = styleFor({ write: () => {} }, {});
const layout = (columns: number, nowMs = NOON) => ({ columns, nameWidth: 9, nowMs, style });
const outage: Partial<TransferStatus> = {
  state: 'waiting',
  attempt: 3,
  error: { code: 'STORAGE_UNAVAILABLE', message: 'storage answers 503', remedy: 'Nothing to do.' },
  nextTryAt: new Date(NOON + 278_000).toISOString(),
};

function seen(...steps: [number, Partial<TransferStatus>][]): Tracked {
  const tracked = track(item, NOON);
  for (const [atMs, changes] of steps) {
    absorb(tracked, eventOf('progress', statusOf(item.transferId, changes)), NOON + atMs);
  }
  return tracked;
}

describe('a row of the screen', () => {
  test('an upload shows share, bar, bytes, rate, time left and id where there is room', () => {
    const tracked = seen([0, { bytesDone: 600_000 }], [2000, { bytesDone: 1_880_000 }]);
    expect(rowLines(tracked, layout(120))).toEqual([
      'plan.jpg   upload         62% ███████░░░░░ 1.9/3.0 MB 640 kB/s 2 s left     acme-plan-7kq2',
    ]);
  });

  test('no row is wider than the terminal, whatever its width', () => {
    const rows = [
      seen([0, { bytesDone: 600_000 }], [2000, { bytesDone: 1_880_000 }]),
      seen([0, {}], [1000, outage]),
      seen([0, { step: 'request-upload-url' }]),
      track(item, NOON),
    ];
    for (let columns = 30; columns <= 140; columns += 1) {
      for (const tracked of rows) {
        for (const line of rowLines(tracked, layout(columns))) expect(textWidth(line)).toBeLessThan(columns);
      }
    }
  });

  test('a wait says why, since when, until when, and whether anybody must do anything', () => {
    const tracked = seen([0, {}], [0, outage]);
    expect(rowLines(tracked, layout(120, NOON + 240_000))).toEqual([
      'plan.jpg   WAITING  storage answers 503 since 14:02 (4 min) · next try 38 s · nothing to do',
    ]);
    expect(rowLines(tracked, layout(60, NOON + 240_000))).toEqual([
      'plan.jpg   WAITING  storage answers 503 since 14:02 (4 min)',
      '           next try 38 s · nothing to do',
    ]);
  });

  test('a wait whose beginning was not seen claims no time', () => {
    expect(rowLines(seen([0, outage]), layout(120))[0]).not.toContain('since');
  });

  test('a wait for a person says what to do', () => {
    const error = { code: 'DISK_FULL', message: 'The disk is full', remedy: 'Make room.' } as const;
    expect(rowLines(seen([0, { state: 'parked', error }]), layout(100))[0]).toBe(
      'plan.jpg   PARKED  The disk is full · Make room.',
    );
  });
});

describe('off a terminal', () => {
  test('there is a stamped line a change, and progress at most every 10 s', () => {
    let now = NOON;
    const io = fakeIo({ now: () => now });
    const reporter = createLogReporter(io, createOutput(io, false));
    const tracked = track(item, now);
    for (let second = 0; second <= 30; second += 1) {
      now = NOON + second * 1000;
      const event = eventOf('progress', statusOf(item.transferId, { bytesDone: second * 100_000 }));
      absorb(tracked, event, now);
      reporter.event(tracked, event);
    }
    const lines = io.err().trim().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d) plan\.jpg upload$/);
    expect(lines[1]).toContain('33% 1.0/3.0 MB');
  });

  test('an outage is told once, not at every try', () => {
    let now = NOON;
    const io = fakeIo({ now: () => now });
    const reporter = createLogReporter(io, createOutput(io, false));
    const tracked = track(item, now);
    for (let attempt = 1; attempt <= 20; attempt += 1) {
      now += 20_000;
      const event = eventOf('retry', statusOf(item.transferId, { ...outage, attempt }));
      absorb(tracked, event, now);
      reporter.event(tracked, event);
    }
    expect(io.err().match(/WAITING/g)).toHaveLength(1);
  });

  test('a renewal is told as what it is: no retry', () => {
    const io = fakeIo();
    const reporter = createLogReporter(io, createOutput(io, false));
    const tracked = track(item, NOON);
    reporter.event(tracked, eventOf('renewal', statusOf(item.transferId, { urlRenewals: 1 })));
    expect(io.err()).toContain('plan.jpg upload link expired, got a new one (renewal 1, not a retry)');
  });
});

describe('the follower', () => {
  test('transfers that hang give way, so the end of the others is seen', async () => {
    let now = 0;
    const clock = setInterval(() => {
      now += 5000;
    }, 20);
    const ended: string[] = [];
    const controller = new AbortController();
    const client = fakeClient({ events: (id) => (id.startsWith('stuck') ? ['hang'] : [doneEvent(id)]) });
    const follower = createFollower({
      client,
      signal: controller.signal,
      now: () => now,
      lanes: 2,
      onEvent: () => {},
      onEnd({ item: { transferId } }) {
        ended.push(transferId);
        if (ended.length === 2) controller.abort();
      },
    });
    for (const transferId of ['stuck-1', 'stuck-2', 'fine-1', 'fine-2']) follower.add({ ...item, transferId });
    await follower.idle();
    clearInterval(clock);
    expect(ended.sort()).toEqual(['fine-1', 'fine-2']);
    expect(follower.unfinished().map((tracked) => tracked.item.transferId)).toEqual(['stuck-1', 'stuck-2']);
  });

  test('a watch that breaks ends its transfer with a reason, and the others go on', async () => {
    const ends = new Map<string, string | undefined>();
    const client = fakeClient();
    const watch = async function* (transferId: string) {
      if (transferId === 'gone') throw new Error('socket hang up');
      yield doneEvent(transferId);
    };
    const follower = createFollower({
      client: { ...client, watch },
      signal: new AbortController().signal,
      now: Date.now,
      onEvent: () => {},
      onEnd: (tracked, outcome) => void ends.set(tracked.item.transferId, outcome.error?.code),
    });
    for (const transferId of ['gone', 'fine']) follower.add({ ...item, transferId });
    await follower.idle();
    expect(Object.fromEntries(ends)).toEqual({ gone: 'INTERNAL', fine: undefined });
  });
});
