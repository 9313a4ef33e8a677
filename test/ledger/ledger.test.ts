import { readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLedger, type Ledger } from '../../src/ledger';
import { intentOf, ownDirectory, receiptOf } from './support';

const directory = ownDirectory();
let ledger: Ledger;
beforeEach(() => {
  ledger = openLedger(join(directory.path(), 'ledger'));
});
afterEach(() => ledger.close());

test('A transfer that nobody has heard of has no entries.', async () => {
  await expect(ledger.ofTransfer('t')).resolves.toEqual([]);
  await expect(ledger.sentUnder('t')).resolves.toEqual([]);
});

test('An intent is found by its transfer, and by its send key only once it is published.', async () => {
  const intent = intentOf('t', { sendKey: 'key' });
  await ledger.intend(intent);
  await expect(ledger.ofTransfer('t')).resolves.toEqual([{ ...intent, sequence: null, receipt: null }]);
  await expect(ledger.sentUnder('key')).resolves.toEqual([]);
  await ledger.published({ ...intent, sequence: 7 });
  await expect(ledger.ofTransfer('t')).resolves.toEqual([{ ...intent, sequence: 7, receipt: null }]);
  await expect(ledger.sentUnder('key')).resolves.toEqual([{ ...intent, sequence: 7, receipt: null }]);
});

test('A receipt answers with its digest, its place and itself.', async () => {
  const intent = intentOf('t');
  const kept = receiptOf(intent, 7);
  await ledger.intend(intent);
  await ledger.published({ ...intent, sequence: 7 });
  await ledger.keep(kept);
  const { at: _, ...facts } = intent;
  const whole = { ...facts, sequence: 7, receipt: kept.receipt, at: kept.receipt.finishedAt };
  await expect(ledger.ofTransfer('t')).resolves.toEqual([whole]);
  await expect(ledger.sentUnder('t')).resolves.toEqual([whole]);
});

test('An intent that comes late does not take back that the message was published.', async () => {
  const intent = intentOf('t');
  await ledger.published({ ...intent, sequence: 7 });
  await ledger.intend(intent);
  await expect(ledger.ofTransfer('t')).resolves.toMatchObject([{ sequence: 7 }]);
});

test('All paths of a transfer, and all transfers of a send key, are told oldest first.', async () => {
  const first = intentOf('t', { relativePath: '/v1/z', at: '2026-03-01T10:00:00.000Z' });
  const second = intentOf('t', { relativePath: '/v1/a', at: '2026-03-01T10:00:01.000Z' });
  const other = intentOf('t-0a1b2c3d', { sendKey: 't', md5: 'other', at: '2026-03-01T09:00:00.000Z' });
  await Promise.all([second, first, other].map((intent) => ledger.published({ ...intent, sequence: 1 })));
  expect((await ledger.ofTransfer('t')).map(({ relativePath }) => relativePath)).toEqual(['/v1/z', '/v1/a']);
  expect((await ledger.sentUnder('t')).map(({ md5 }) => md5)).toEqual(['other', 'md5-one', 'md5-one']);
});

test('A transfer without a send key is found by its own id only.', async () => {
  await ledger.published({ ...intentOf('t', { sendKey: null }), sequence: 1 });
  await expect(ledger.sentUnder('t')).resolves.toEqual([]);
  await expect(ledger.ofTransfer('t')).resolves.toHaveLength(1);
});

test('Ids and paths may be long and have any character.', async () => {
  const odd = intentOf(`\u0000${'é/'.repeat(3000)}`, { relativePath: `/v1/${'%'.repeat(5000)}` });
  await ledger.published({ ...odd, sequence: 1 });
  await expect(ledger.ofTransfer(odd.transferId)).resolves.toEqual([{ ...odd, sequence: 1, receipt: null }]);
});

test('A ledger is for its owner alone.', async () => {
  await ledger.intend(intentOf('t'));
  const path = join(directory.path(), 'ledger');
  const [generation] = await readdir(path);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  expect((await stat(join(path, generation!, 'data.mdb'))).mode & 0o777).toBe(0o600);
});

test('What was written is there after closing and opening again.', async () => {
  await ledger.intend(intentOf('t'));
  await ledger.close();
  ledger = openLedger(join(directory.path(), 'ledger'));
  await expect(ledger.ofTransfer('t')).resolves.toHaveLength(1);
});

test('A directory that cannot be used is an error that names it, and is used as soon as it can be.', async () => {
  await ledger.close();
  const path = join(directory.path(), 'blocked', 'ledger');
  await writeFile(join(directory.path(), 'blocked'), 'a file where the directory should be');
  ledger = openLedger(path);
  const refused = { code: 'LEDGER_UNAVAILABLE', message: expect.stringContaining(path) };
  await expect(ledger.ofTransfer('t')).rejects.toMatchObject(refused);
  await expect(ledger.intend(intentOf('t'))).rejects.toMatchObject(refused);
  await rm(join(directory.path(), 'blocked'));
  await ledger.intend(intentOf('t'));
  await expect(ledger.ofTransfer('t')).resolves.toHaveLength(1);
});

test.each([
  ['garbage', Buffer.alloc(40_000, 'not a ledger')],
  ['its beginning only', null],
])('A file that is %s is refused and does not end the process.', async (_, garbage) => {
  const path = join(directory.path(), 'ledger');
  await Promise.all(Array.from({ length: 400 }, (__, index) => ledger.intend(intentOf(`t${index}`))));
  await ledger.close();
  const file = join(path, 'generation-1', 'data.mdb');
  await (garbage === null ? truncate(file, 20_000) : writeFile(file, garbage));
  ledger = openLedger(path);
  await expect(ledger.ofTransfer('t1')).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
});

test('A write is refused where there is hardly any room left, and reads are not.', async () => {
  const full = openLedger(join(directory.path(), 'ledger'), { leastRoomBytes: Number.MAX_SAFE_INTEGER });
  await expect(full.intend(intentOf('t'))).rejects.toMatchObject({ code: 'DISK_FULL' });
  await expect(full.ofTransfer('t')).resolves.toEqual([]);
  await full.close();
});

test('A receipt of a transfer is found beside intents of other contents.', async () => {
  const kept = receiptOf(intentOf('t', { relativePath: '/v1/b', md5: 'b' }), 9);
  await ledger.intend(intentOf('t', { relativePath: '/v1/a', md5: 'a' }));
  await ledger.keep(kept);
  expect((await ledger.ofTransfer('t')).map(({ md5, sequence }) => [md5, sequence])).toEqual([
    ['a', null],
    ['b', 9],
  ]);
});
