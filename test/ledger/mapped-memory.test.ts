import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openLedger, type Ledger } from '../../src/ledger';
import { mappedBytes } from '../../src/ledger/mapped-memory';
import { keptOf, ownDirectory, startOpener, startWriter, until } from './support';

const directory = ownDirectory();
const ledgerPath = (): string => join(directory.path(), 'ledger');
const MB = 1e6;

const idOf = (prefix: string, number: number): string => `${prefix}-${number}`;

async function keepMany(ledger: Ledger, prefix: string, pages: number): Promise<void> {
  for (let page = 0; page < pages; page += 1) {
    const ids = Array.from({ length: 100 }, (_, line) => idOf(prefix, page * 100 + line));
    await ledger.keep(...ids.map((id) => keptOf(id, { caption: 'x'.repeat(500) })));
    await ledger.ofTransfers(ids);
  }
}

test('A ledger of which much lies in memory gives the memory back, and goes on.', async () => {
  const ledger = openLedger(ledgerPath(), { mostMappedBytes: 8 * MB });
  await ledger.keep(keptOf('first'));
  const before = mappedBytes();
  await keepMany(ledger, 'many', 300);
  expect(statSync(join(ledgerPath(), 'generation-1', 'data.mdb')).size).toBeGreaterThan(30 * MB);
  for (const end = performance.now() + 20_000; mappedBytes() - before > 10 * MB && performance.now() < end;) {
    expect((await ledger.ofTransfer(idOf('many', 29_999))).receipts).toHaveLength(1);
    await new Promise(setImmediate);
  }
  expect(mappedBytes() - before).toBeLessThan(10 * MB);
  expect((await ledger.ofTransfer('first')).receipts).toHaveLength(1);
  await ledger.close();
});

test('Nothing is lost when a ledger is opened again and again amid its own calls and those of other processes.', async () => {
  const ledger = openLedger(ledgerPath(), { mostMappedBytes: -Infinity });
  await ledger.keep(keptOf('first'));
  const writer = startWriter(ledgerPath(), 'a', 1500);
  const opener = startOpener(ledgerPath());
  await until(() => writer.said().length > 0);
  await Promise.all(['b', 'c', 'd'].map((prefix) => keepMany(ledger, prefix, 40)));
  await expect(writer.ended).resolves.toBe(0);
  opener.process.stdin?.end();
  await expect(opener.ended).resolves.toBe(0);
  await expect(ledger.sentUnder('a')).resolves.toHaveLength(1500);
  const ids = ['b', 'c', 'd'].flatMap((prefix) => Array.from({ length: 4000 }, (_, number) => idOf(prefix, number)));
  const entries = await ledger.ofTransfers(ids);
  expect(entries.filter(({ receipts }) => receipts.length !== 1)).toEqual([]);
  await ledger.close();
});
