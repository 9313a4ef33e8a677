import { readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLedger, type Ledger } from '../../src/ledger';
import { intentOf, keptOf, ownDirectory } from './support';

const directory = ownDirectory();
let ledger: Ledger;
beforeEach(() => {
  ledger = openLedger(join(directory.path(), 'ledger'));
});
afterEach(() => ledger.close());

test('A transfer that nobody has heard of has no entries.', async () => {
  await expect(ledger.ofTransfer('t')).resolves.toEqual({ intents: [], receipts: [], delivered: null });
  await expect(ledger.sentUnder('t')).resolves.toEqual([]);
});

test('An intent is found by its transfer, and proves nothing.', async () => {
  const intent = intentOf('t');
  await ledger.claim(intent);
  await expect(ledger.ofTransfer('t')).resolves.toEqual({ intents: [intent], receipts: [], delivered: null });
  await expect(ledger.sentUnder('t')).resolves.toEqual([]);
});

test('A receipt is found by its transfer and by its send key.', async () => {
  const { receipt, sendKey } = keptOf('t-0a1b2c3d', { sendKey: 't' });
  await ledger.keep({ receipt, sendKey });
  await expect(ledger.ofTransfer('t-0a1b2c3d')).resolves.toEqual({ intents: [], receipts: [receipt], delivered: null });
  await expect(ledger.sentUnder('t')).resolves.toEqual([receipt]);
  await expect(ledger.sentUnder('t-0a1b2c3d')).resolves.toEqual([]);
});

test('The highest sequence of each dialog is known, whatever the order of its receipts.', async () => {
  for (const [id, dialogId, sequence] of [
    ['a', 'd1', 7],
    ['b', 'd1', 12],
    ['c', 'd1', 9],
    ['d', 'd2', 3],
  ] as const) {
    await ledger.keep(keptOf(id, { dialogId, sequence }));
  }
  await expect(ledger.lastSequence('acme', 'd1')).resolves.toBe(12);
  await expect(ledger.lastSequence('acme', 'd2')).resolves.toBe(3);
  await expect(ledger.lastSequence('other', 'd1')).resolves.toBe(0);
});

test('An intent that comes late does not take back the receipt.', async () => {
  await ledger.keep(keptOf('t'));
  await ledger.claim(intentOf('t'));
  await expect(ledger.ofTransfer('t')).resolves.toMatchObject({ receipts: [{ sequence: 7 }] });
});

test('A withdrawn intent is gone, and a later one of the same path is not.', async () => {
  const first = intentOf('t');
  const second = intentOf('t', { at: '2026-03-01T10:00:09.000Z' });
  await ledger.claim(first);
  await ledger.withdraw(first);
  await expect(ledger.ofTransfer('t')).resolves.toMatchObject({ intents: [] });
  await ledger.claim(second);
  await ledger.withdraw(first);
  await expect(ledger.ofTransfer('t')).resolves.toMatchObject({ intents: [second] });
});

test('All paths of a transfer, and all receipts of a send key, are told oldest first.', async () => {
  await ledger.claim(intentOf('t', { relativePath: '/v1/a', at: '2026-03-01T10:00:01.000Z' }));
  await ledger.claim(intentOf('t', { relativePath: '/v1/z', at: '2026-03-01T10:00:00.000Z' }));
  expect((await ledger.ofTransfer('t')).intents.map(({ relativePath }) => relativePath)).toEqual(['/v1/z', '/v1/a']);
  await ledger.keep(keptOf('t', { md5: 'later', finishedAt: '2026-03-01T10:00:09.000Z' }));
  await ledger.keep(keptOf('t-0a1b2c3d', { sendKey: 't', md5: 'earlier' }));
  expect((await ledger.sentUnder('t')).map(({ md5 }) => md5)).toEqual(['earlier', 'later']);
});

test('A transfer without a send key is found by its own id only.', async () => {
  await ledger.keep(keptOf('t', { sendKey: null }));
  await expect(ledger.sentUnder('t')).resolves.toEqual([]);
  expect((await ledger.ofTransfer('t')).receipts).toHaveLength(1);
});

test('Ids and paths may be long and have any character.', async () => {
  const odd = intentOf(`\u0000${'é/'.repeat(3000)}`, { relativePath: `/v1/${'%'.repeat(5000)}` });
  await ledger.claim(odd);
  expect((await ledger.ofTransfer(odd.transferId)).intents).toEqual([odd]);
});

test('A ledger is for its owner alone.', async () => {
  await ledger.claim(intentOf('t'));
  const path = join(directory.path(), 'ledger');
  const generation = (await readdir(path)).find((name) => name.startsWith('generation-'));
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  expect((await stat(join(path, generation!, 'data.mdb'))).mode & 0o777).toBe(0o600);
});

test('What was written is there after closing and opening again.', async () => {
  await ledger.claim(intentOf('t'));
  await ledger.close();
  ledger = openLedger(join(directory.path(), 'ledger'));
  expect((await ledger.ofTransfer('t')).intents).toHaveLength(1);
});

test('A directory that cannot be used is an error that names it, and is used as soon as it can be.', async () => {
  await ledger.close();
  const path = join(directory.path(), 'blocked', 'ledger');
  await writeFile(join(directory.path(), 'blocked'), 'a file where the directory should be');
  ledger = openLedger(path);
  const refused = { code: 'LEDGER_UNAVAILABLE', message: expect.stringContaining(path) };
  await expect(ledger.ofTransfer('t')).rejects.toMatchObject(refused);
  await expect(ledger.claim(intentOf('t'))).rejects.toMatchObject(refused);
  await rm(join(directory.path(), 'blocked'));
  await ledger.claim(intentOf('t'));
  expect((await ledger.ofTransfer('t')).intents).toHaveLength(1);
});

test.each([
  ['garbage', Buffer.alloc(40_000, 'not a ledger')],
  ['its beginning only', null],
])('A file that is %s is refused and does not end the process.', async (_, garbage) => {
  const path = join(directory.path(), 'ledger');
  await Promise.all(Array.from({ length: 400 }, (__, index) => ledger.claim(intentOf(`t${index}`))));
  await ledger.close();
  const file = join(path, 'generation-1', 'data.mdb');
  await (garbage === null ? truncate(file, 20_000) : writeFile(file, garbage));
  ledger = openLedger(path);
  await expect(ledger.ofTransfer('t1')).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
});

test('A write is refused where there is hardly any room left, and reads are not.', async () => {
  const full = openLedger(join(directory.path(), 'ledger'), { leastRoomBytes: Number.MAX_SAFE_INTEGER });
  await expect(full.claim(intentOf('t'))).rejects.toMatchObject({ code: 'DISK_FULL' });
  await expect(full.sentUnder('t')).resolves.toEqual([]);
  await full.close();
});
