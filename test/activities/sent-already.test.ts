import type { InspectInput } from '../../src/contract';
import { sentAlready } from '../../src/activities/sent-already';
import { keptOf } from '../ledger/support';
import { fakeDeps } from './support';

const input: InspectInput = {
  account: 'acme',
  consumer: 'ops',
  source: { path: '/data/plan.jpg', sizeBytes: null, mtimeMs: null, inode: null },
  caption: '',
  fetchTo: null,
  sendKey: 't',
};
const { receipt } = keptOf('t', { md5: 'one' });

function ask(changes: Partial<InspectInput>, md5: string, sent = [receipt]) {
  const digest = jest.fn(() => Promise.resolve(md5));
  const deps = fakeDeps({ ledger: { sentUnder: (key) => Promise.resolve(key === 't' ? sent : []) } });
  return { digest, answer: sentAlready(deps, { ...input, ...changes }, digest) };
}

test('The same content is recognised, and other content is not.', async () => {
  await expect(ask({}, 'one').answer).resolves.toEqual(receipt);
  await expect(ask({}, 'two').answer).resolves.toBeUndefined();
});

test('What only the sender knows counts as well.', async () => {
  await expect(ask({ sentBefore: receipt }, 'one', []).answer).resolves.toEqual(receipt);
  await expect(ask({ sentBefore: receipt }, 'two', []).answer).resolves.toBeUndefined();
});

test.each([
  ['under this key nothing was sent', {}, []],
  ['it is not to be recognised', { sendKey: null }, [receipt]],
  ['another host has begun', { expectedMd5: 'one' }, [receipt]],
])('The file is not read when %s.', async (_, changes, sent) => {
  const { digest, answer } = ask(changes, 'one', sent);
  await expect(answer).resolves.toBeUndefined();
  expect(digest).not.toHaveBeenCalled();
});
