import { join } from 'node:path';
import { compactLedger, openLedger, type Ledger } from '../../src/ledger';
import { intentOf, ownDirectory, startOpener, startWriter, until, type Writer } from './support';

const directory = ownDirectory();
const ledgerPath = (): string => join(directory.path(), 'ledger');

async function missing(ids: readonly string[]): Promise<readonly string[]> {
  const ledger = openLedger(ledgerPath());
  try {
    const found = await Promise.all(ids.map((id) => ledger.ofTransfer(id)));
    return ids.filter((_, index) => found[index]!.receipts.length === 0);
  } finally {
    await ledger.close();
  }
}

test('Two processes write at once, and a third reads what each of them has committed.', async () => {
  const ledger: Ledger = openLedger(ledgerPath());
  await ledger.claim(intentOf('own'));
  const writers = ['a', 'b'].map((prefix) => startWriter(ledgerPath(), prefix, 300));
  for (const [index, prefix] of ['a', 'b'].entries()) {
    await until(() => writers[index]!.said().length > 0);
    await expect(ledger.sentUnder(prefix)).resolves.not.toEqual([]);
  }
  await expect(Promise.all(writers.map(({ ended }) => ended))).resolves.toEqual([0, 0]);
  await expect(ledger.sentUnder('a')).resolves.toHaveLength(300);
  await expect(ledger.sentUnder('b')).resolves.toHaveLength(300);
  await ledger.close();
});

test('What was said to be durable is there after kill -9, and the next process goes on.', async () => {
  const said: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const writers = ['a', 'b'].map((prefix) => startWriter(ledgerPath(), `${prefix}${round}`, 1_000_000));
    await until(() => writers.every((writer) => writer.said().length > 40 * (round + 1)));
    for (const writer of writers) writer.process.kill('SIGKILL');
    await expect(Promise.all(writers.map(({ ended }) => ended))).resolves.toEqual(['SIGKILL', 'SIGKILL']);
    said.push(...writers.flatMap((writer) => writer.said()));
  }
  expect(said.length).toBeGreaterThan(400);
  await expect(missing(said)).resolves.toEqual([]);
});

test('Compacting again and again while two processes write and one reads loses nothing.', async () => {
  const reader = openLedger(ledgerPath());
  await reader.claim(intentOf('own'));
  const writers: readonly Writer[] = ['a', 'b'].map((prefix) => startWriter(ledgerPath(), prefix, 600));
  let compactions = 0;
  const all = Promise.all(writers.map(({ ended }) => ended));
  await until(() => writers.every((writer) => writer.said().length > 0));
  while (writers.some((writer) => writer.process.exitCode === null)) {
    await compactLedger(ledgerPath());
    compactions += 1;
    // Nothing of this waits for a system call of its own: what the writers say must be read in between.
    await new Promise(setImmediate);
    expect((await reader.ofTransfer('own')).intents).toHaveLength(1);
  }
  await expect(all).resolves.toEqual([0, 0]);
  expect(compactions).toBeGreaterThan(1);
  await expect(reader.sentUnder('a')).resolves.toHaveLength(600);
  await expect(reader.sentUnder('b')).resolves.toHaveLength(600);
  await reader.close();
});

test('No commit is lost while other processes open and close the ledger.', async () => {
  const writer = startWriter(ledgerPath(), 'a', 4000);
  await until(() => writer.said().length > 0);
  const openers = [1, 2].map(() => startOpener(ledgerPath()));
  await expect(writer.ended).resolves.toBe(0);
  for (const opener of openers) opener.process.stdin?.end();
  await expect(Promise.all(openers.map(({ ended }) => ended))).resolves.toEqual([0, 0]);
  for (const opener of openers) expect(Number(opener.said()[0])).toBeGreaterThan(20);
  await expect(missing(writer.said())).resolves.toEqual([]);
});
