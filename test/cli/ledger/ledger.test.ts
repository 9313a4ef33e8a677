import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../src/cli/program/run';
import { openLedger } from '../../../src/ledger';
import { keptOf, ownDirectory } from '../../ledger/support';
import { documents, fakeIo } from '../support/fake-io';

const state = ownDirectory();
const NOW = Date.parse('2026-12-01T00:00:00.000Z');

async function ledger(...words: readonly string[]) {
  const io = fakeIo({ env: { HOME: state.path() }, now: () => NOW });
  const code = await run(['ledger', ...words, '--state', state.path()], io);
  return { code, io };
}

async function keepReceipts(): Promise<void> {
  await mkdir(join(state.path(), 'receipts'));
  const lines = ['2025-01-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z'].map((at, index) => {
    const { receipt, sendKey } = keptOf(`t${index}`, { finishedAt: at });
    return `${JSON.stringify({ type: 'receipt', v: 1, ...receipt, runId: 'r', sendKey })}\n`;
  });
  await writeFile(join(state.path(), 'receipts', '2026.jsonl'), lines.join(''));
}

test('rebuild, prune and compact each say in one document what they did.', async () => {
  await keepReceipts();
  const directory = join(state.path(), 'ledger');
  const rebuilt = await ledger('rebuild', '--json');
  expect(documents(rebuilt.io)).toEqual([
    { type: 'status', v: 1, action: 'rebuild', directory, receipts: 2, setAside: [] },
  ]);
  const pruned = await ledger('prune', '--older-than', '400d', '--json');
  expect(documents(pruned.io)).toEqual([{ type: 'status', v: 1, action: 'prune', directory, removed: 1, kept: 1 }]);
  const compacted = await ledger('compact', '--json');
  expect(documents(compacted.io)).toMatchObject([{ action: 'compact', bytesAfter: expect.any(Number) as number }]);
  expect([rebuilt.code, pruned.code, compacted.code]).toEqual([0, 0, 0]);
  const left = openLedger(directory);
  await expect(left.sentUnder('t0')).resolves.toEqual([]);
  await expect(left.sentUnder('t1')).resolves.toHaveLength(1);
  await left.close();
});

test.each([
  ['rebuildLedger', ['rebuild']],
  ['pruneLedger', ['prune', '--older-than', '400d']],
  ['compactLedger', ['compact']],
])('%s is on record with who asked for it, and why.', async (action, words) => {
  await keepReceipts();
  const { code } = await ledger(...words, '--by', 'ann', '--why', 'the law');
  const audit = await readFile(join(state.path(), 'audit', '2026-12.jsonl'), 'utf8');
  expect([code, JSON.parse(audit)]).toMatchObject([0, { action, by: 'ann', why: 'the law' }]);
});

test('without --json it answers in a sentence.', async () => {
  await keepReceipts();
  expect((await ledger('rebuild')).io.out()).toContain('has 2 receipts of');
  expect((await ledger('prune', '--older-than', '400d')).io.out()).toContain('has forgotten 1 message and keeps 1.');
  expect((await ledger('compact')).io.out()).toMatch(/takes [\d.]+ kB, before [\d.]+ kB/);
});

test('What another host has sent is known after a rebuild from its receipts.', async () => {
  await keepReceipts();
  const other = join(state.path(), 'other');
  await mkdir(other);
  const { receipt, sendKey } = keptOf('moved-away', { host: 'other' });
  await writeFile(
    join(other, '2026-11.jsonl'),
    `${JSON.stringify({ type: 'receipt', v: 1, ...receipt, runId: 'r', sendKey })}\n`,
  );
  const { code, io } = await ledger('rebuild', '--from', other, '--json');
  expect(code).toBe(0);
  expect(documents(io)).toMatchObject([{ receipts: 2, from: [{ directory: other, receipts: 1 }] }]);
  const rebuilt = openLedger(join(state.path(), 'ledger'));
  await expect(rebuilt.sentUnder('moved-away')).resolves.toEqual([receipt]);
  await expect(rebuilt.ofTransfer('moved-away')).resolves.toMatchObject({ receipts: [receipt] });
  await rebuilt.close();
});

test.each([
  [['mend']],
  [['prune']],
  [['compact', '--older-than', '400d']],
  [['rebuild', '--from', '/not/there']],
  [['prune', '--older-than', '400d', '--from', '/']],
  [[]],
])('ferry ledger %p is refused and changes nothing.', async (words) => {
  await expect(ledger(...words)).resolves.toMatchObject({ code: 2 });
});
