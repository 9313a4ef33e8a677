import { openLedger, type Intent, type Ledger } from '../../src/ledger';
import { intentOf, keptOf, ownDirectory } from './support';

const directory = ownDirectory();
let ledger: Ledger;
beforeEach(() => {
  ledger = openLedger(directory.path());
});
afterEach(() => ledger.close());

const claimOf = (transferId: string, changes: Partial<Intent> = {}): Intent =>
  intentOf(transferId, { sendKey: 'key', ...changes });

test('Of two transfers of one file that claim it at the same time, one gets it.', async () => {
  const [one, other] = [claimOf('one'), claimOf('other')];
  const claims = (await Promise.all([ledger.claim(one), ledger.claim(other)])).flat();
  expect(claims).toEqual([{ kind: 'claimed' }, { kind: 'taken', by: one }]);
  await expect(ledger.ofTransfer('other')).resolves.toMatchObject({ intents: [] });
});

test('A file can be claimed again by its own transfer, and by others when the intent was withdrawn.', async () => {
  const [first, second] = [claimOf('one'), claimOf('one', { at: '2026-03-01T10:00:30.000Z' })];
  await ledger.claim(first);
  await expect(ledger.claim(second)).resolves.toEqual([{ kind: 'claimed' }]);
  await ledger.withdraw(first);
  await expect(ledger.claim(claimOf('other'))).resolves.toMatchObject([{ kind: 'taken' }]);
  await ledger.withdraw(second);
  await expect(ledger.claim(claimOf('other'))).resolves.toEqual([{ kind: 'claimed' }]);
});

test('An attempt that was frozen in its claim does not hide the intent of the attempt that took over.', async () => {
  const [first, second] = [claimOf('one'), claimOf('one', { at: '2026-03-01T10:00:30.000Z' })];
  await ledger.claim(second);
  await ledger.claim(first);
  await ledger.withdraw(first);
  expect((await ledger.ofTransfer('one')).intents).toEqual([second]);
  await expect(ledger.claim(claimOf('other'))).resolves.toEqual([{ kind: 'taken', by: second }]);
});

test('A clock that was set back does not keep a transfer from claiming its file anew.', async () => {
  const [ahead, back] = [claimOf('one', { at: '2026-03-01T10:00:30.000Z' }), claimOf('one')];
  await ledger.claim(ahead);
  await ledger.withdraw(ahead);
  await ledger.claim(back);
  expect((await ledger.ofTransfer('one')).intents).toEqual([back]);
});

test('A receipt of the same content answers, whatever intents there are.', async () => {
  await ledger.claim(claimOf('one'));
  const { receipt } = keptOf('one');
  await ledger.keep({ receipt, sendKey: 'key' });
  await expect(ledger.claim(claimOf('other'))).resolves.toEqual([{ kind: 'sent', receipt }]);
  await expect(ledger.claim(claimOf('other', { md5: 'another content' }))).resolves.toEqual([{ kind: 'claimed' }]);
});

test.each([
  ['of another file', { sendKey: 'other key' }],
  ['of another content', { md5: 'another content' }],
  ['that is not to be recognised', { sendKey: null }],
  ['of an earlier version', { sendKey: undefined } as unknown as Partial<Intent>],
])('An intent %s does not hold a transfer up.', async (_, changes) => {
  await ledger.claim(claimOf('one', changes));
  await expect(ledger.claim(claimOf('other'))).resolves.toEqual([{ kind: 'claimed' }]);
});

test('Claims of one call are answered one by one.', async () => {
  await ledger.claim(claimOf('a'));
  const claims = await ledger.claim(claimOf('b'), claimOf('c', { sendKey: 'c' }), claimOf('d', { sendKey: 'c' }));
  expect(claims.map(({ kind }) => kind)).toEqual(['taken', 'claimed', 'taken']);
});

test('Where an upload lies is known until its receipt is kept.', async () => {
  const upload = { transferId: 't', consumerId: 'sub', urlRenewals: 0, bytesSent: 5 };
  const [first, second] = [
    { ...upload, relativePath: '/v1/acme/first', at: '2026-03-01T10:00:00.000Z' },
    { ...upload, relativePath: '/v1/acme/second', at: '2026-03-01T10:00:01.000Z' },
  ];
  await ledger.deliver(second);
  await ledger.deliver(first);
  expect((await ledger.ofTransfer('t')).delivered).toEqual(second);
  await ledger.keep(keptOf('t', { relativePath: '/v1/acme/second' }));
  await ledger.keep(keptOf('t', { relativePath: '/v1/acme/first' }));
  expect((await ledger.ofTransfers(['x', 't'])).map(({ delivered }) => delivered)).toEqual([null, null]);
});
