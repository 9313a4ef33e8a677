import type { TransferOutcome } from '../../../src/client/types';
import { createFollower } from '../../../src/cli/shared/follow/follower';
import { tellOutcome } from '../../../src/cli/shared/follow/results';
import { createOutput } from '../../../src/cli/shared/output/output';
import { eventOf, fakeClient, statusOf } from '../support/fake-client';
import { documents, fakeIo } from '../support/fake-io';

const item = { transferId: 'acme-plan-7kq2', label: 'plan.jpg', source: 'plan.jpg', host: 'here', repeated: true };
const error = { code: 'DISK_FULL', message: 'The disk is full.', remedy: 'Make room.' } as const;

/** How the transfer ended for who followed these events; after them nothing comes any more. */
async function follow(...events: readonly ReturnType<typeof eventOf>[]): Promise<readonly TransferOutcome[]> {
  const outcomes: TransferOutcome[] = [];
  const follower = createFollower({
    client: fakeClient({ events: () => [...events, 'hang'] }),
    signal: new AbortController().signal,
    onEvent: () => undefined,
    onEnd: (_tracked, outcome) => void outcomes.push(outcome),
    now: Date.now,
  });
  follower.add(item);
  await follower.idle();
  return outcomes;
}

test('Following a transfer ends when it parks, for only a person can go on with it: exit 3, the reason and the way on.', async () => {
  const parked = eventOf('state', statusOf(item.transferId, { state: 'parked', step: 'fetch', error }));
  const outcomes = await follow(parked);
  const io = fakeIo();
  const code = tellOutcome({ io, output: createOutput(io, true), flags: {} }, item, outcomes[0]!, { widest: 8 });
  expect(code).toBe(3);
  expect(documents(io)).toEqual([
    { type: 'error', v: 1, error: { ...error, transferId: item.transferId, source: item.source } },
  ]);
  expect(io.err()).toContain('parked: ferry retry acme-plan-7kq2');
});

test('A transfer seen as parked by the server alone is followed until its reason is known.', async () => {
  const silent = eventOf('state', statusOf(item.transferId, { state: 'parked', error: null, stale: true }));
  const told = eventOf('state', statusOf(item.transferId, { state: 'parked', error }));
  const outcomes = await follow(silent, told);
  expect(outcomes).toEqual([{ state: 'failed', receipt: null, error }]);
});
