import fs from 'node:fs';
import { cp, mkdir, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compactLedger, openLedger, pruneLedger, rebuildLedger, type KeptReceipt } from '../../src/ledger';
import { ledgerFailure } from '../../src/ledger/failures';
import { openGeneration, replaceGeneration, setAside } from '../../src/ledger/generations';
import { giveBack } from '../../src/ledger/share';
import { takeFileLock } from '../../src/lib/file-lock';
import { intentOf, keptOf, ownDirectory } from './support';

const directory = ownDirectory();
const ledgerPath = (): string => join(directory.path(), 'ledger');
const receiptsPath = (): string => join(directory.path(), 'receipts');

async function withLedger<T>(work: (ledger: ReturnType<typeof openLedger>) => Promise<T>): Promise<T> {
  const ledger = openLedger(ledgerPath());
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

function lineOf({ receipt, sendKey }: KeptReceipt): string {
  return JSON.stringify({ type: 'receipt', v: 1, ...receipt, runId: 'r', sendKey });
}

async function writeReceipts(month: string, lines: readonly string[]): Promise<void> {
  await mkdir(receiptsPath(), { recursive: true });
  await writeFile(join(receiptsPath(), `${month}.jsonl`), lines.map((line) => `${line}\n`).join(''));
}

const numbersOf = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `t${index}`);

describe('Rebuilding', () => {
  test('makes a ledger from receipts alone, without what is torn or was a fetch.', async () => {
    const kept = keptOf('a-0a1b2c3d', { sendKey: 'a' });
    const fetched = { ...keptOf('fetch-x').receipt, type: 'receipt', v: 1, runId: 'r', bytesSent: 0 };
    const { sendKey: _, ...old } = JSON.parse(lineOf(keptOf('b'))) as Record<string, unknown>;
    await writeReceipts('2026-02', [JSON.stringify(old), '{"type":"rec', JSON.stringify(fetched), '', 'null']);
    await writeReceipts('2026-03', [lineOf(kept), lineOf(keptOf('c', { sendKey: null }))]);
    await expect(rebuildLedger(ledgerPath(), receiptsPath())).resolves.toEqual({ receipts: 3, setAside: [] });
    await withLedger(async (ledger) => {
      await expect(ledger.sentUnder('a')).resolves.toEqual([kept.receipt]);
      // Lines from before there was a ledger say no send key: it is the id of a plain send.
      await expect(ledger.sentUnder('b')).resolves.toHaveLength(1);
      await expect(ledger.sentUnder('c')).resolves.toEqual([]);
      await expect(ledger.sentUnder('fetch-x')).resolves.toEqual([]);
      await expect(ledger.lastSequence('acme', 'd1')).resolves.toBe(7);
    });
  });

  test('keeps what the ledger has and receipts have not.', async () => {
    await withLedger((ledger) => ledger.claim(intentOf('t')));
    await writeReceipts('2026-03', [lineOf(keptOf('u'))]);
    await rebuildLedger(ledgerPath(), receiptsPath());
    await withLedger(async (ledger) => {
      expect((await ledger.ofTransfer('t')).intents).toHaveLength(1);
      await expect(ledger.sentUnder('u')).resolves.toHaveLength(1);
    });
  });

  test('puts a ledger that cannot be opened aside, and an open one of the same process uses the new one.', async () => {
    await withLedger((ledger) => Promise.all(numbersOf(300).map((id) => ledger.claim(intentOf(id)))));
    await truncate(join(ledgerPath(), 'generation-1', 'data.mdb'), 20_000);
    await writeReceipts('2026-03', [lineOf(keptOf('u'))]);
    await withLedger(async (ledger) => {
      await expect(ledger.ofTransfer('u')).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
      const { setAside } = await rebuildLedger(ledgerPath(), receiptsPath());
      expect(setAside).toEqual([expect.stringContaining('broken-1-')]);
      await expect(ledger.sentUnder('u')).resolves.toHaveLength(1);
    });
    expect((await readdir(ledgerPath())).filter((name) => name.startsWith('generation-'))).toEqual(['generation-2']);
  });

  test.each([
    ['is busy', holdCommit],
    ['is out of reach, because the process has too many open files', refuseToOpen],
  ])('does not put a ledger aside that only %s.', async (_what, hinder) => {
    await withLedger((ledger) => ledger.claim(intentOf('t')));
    const end = await hinder();
    try {
      await expect(rebuildLedger(ledgerPath(), receiptsPath())).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    } finally {
      end();
    }
    expect((await readdir(ledgerPath())).filter((name) => /^(generation|broken)-/.test(name))).toEqual([
      'generation-1',
    ]);
    await withLedger(async (ledger) => expect((await ledger.ofTransfer('t')).intents).toHaveLength(1));
  });

  test('A process that still has a ledger open after it was put aside writes to the new ledger.', async () => {
    await withLedger(async (ledger) => {
      await ledger.claim(intentOf('before'));
      await setAside(ledgerPath());
      await ledger.claim(intentOf('after'));
      await ledger.keep(keptOf('kept'));
    });
    await withLedger(async (ledger) => {
      expect((await ledger.ofTransfer('after')).intents).toHaveLength(1);
      await expect(ledger.sentUnder('kept')).resolves.toHaveLength(1);
    });
  });

  /** As a process that is frozen in a commit; waiting takes no time. */
  async function holdCommit(): Promise<() => void> {
    const { lock } = await takeFileLock(join(ledgerPath(), 'committing-1-0a0a.lock'));
    const now = performance.now.bind(performance);
    let aheadMs = 0;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() + (aheadMs += 30_000));
    return () => {
      clock.mockRestore();
      lock?.release();
    };
  }

  function refuseToOpen(): Promise<() => void> {
    const refusal = Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    const { openSync } = fs;
    const open = jest.spyOn(fs, 'openSync').mockImplementation((path, ...rest) => {
      if (String(path).endsWith('data.mdb')) throw refusal;
      return openSync(path, ...rest);
    });
    return Promise.resolve(() => open.mockRestore());
  }

  test('without any receipt makes an empty ledger.', async () => {
    await expect(rebuildLedger(ledgerPath(), receiptsPath())).resolves.toEqual({ receipts: 0, setAside: [] });
  });
});

describe('Pruning', () => {
  const long = '2025-01-01T00:00:00.000Z';
  const march = '2026-03-01T10:00:00.000Z';

  test('forgets messages of which nothing newer was said, with all their rows.', async () => {
    await withLedger(async (ledger) => {
      await ledger.claim(intentOf('old', { at: long }));
      await ledger.withdraw(intentOf('old', { at: long }));
      await ledger.keep(keptOf('old', { finishedAt: long, dialogId: 'd-old' }));
      await ledger.claim(intentOf('renewed', { at: long }));
      await ledger.keep(keptOf('renewed', { finishedAt: march }));
    });
    const cut = Date.parse('2026-01-01T00:00:00.000Z');
    await expect(pruneLedger(ledgerPath(), cut)).resolves.toEqual({ removed: 1, kept: 1 });
    await withLedger(async (ledger) => {
      await expect(ledger.ofTransfer('old')).resolves.toEqual({ intents: [], receipts: [], delivered: null });
      await expect(ledger.sentUnder('old')).resolves.toEqual([]);
      await expect(ledger.lastSequence('acme', 'd-old')).resolves.toBe(0);
      await expect(ledger.sentUnder('renewed')).resolves.toHaveLength(1);
      expect((await ledger.ofTransfer('renewed')).intents).toHaveLength(1);
    });
  });

  test('says from when on every intent is there.', async () => {
    await withLedger((ledger) => ledger.claim(intentOf('t', { at: march })));
    const cut = Date.now() + 60_000;
    await pruneLedger(ledgerPath(), cut);
    await withLedger(async (ledger) => expect(await ledger.bornAt()).toBe(cut));
    await pruneLedger(ledgerPath(), Date.parse(march));
    await compactLedger(ledgerPath());
    await withLedger(async (ledger) => expect(await ledger.bornAt()).toBe(cut));
  });

  test('keeps what a worker writes meanwhile about a message that is to be forgotten.', async () => {
    const ids = numbersOf(5000);
    await withLedger(async (ledger) => {
      await ledger.keep(...ids.map((id) => keptOf(id, { finishedAt: long })));
      const { parse } = Date;
      let claims: Promise<unknown> | undefined;
      const scan = jest.spyOn(Date, 'parse').mockImplementation((text) => {
        claims ??= ledger.claim(...ids.map((id) => intentOf(id, { at: march })));
        return parse(text);
      });
      const { removed, kept } = await pruneLedger(ledgerPath(), Date.parse('2026-01-01T00:00:00.000Z'));
      scan.mockRestore();
      await claims;
      expect(removed + kept).toBe(ids.length);
      const entries = await ledger.ofTransfers(ids);
      expect(entries.filter(({ intents }) => intents.length === 0)).toHaveLength(0);
    });
  });

  test('then compacting gives the room back and loses nothing.', async () => {
    await withLedger(async (ledger) => {
      await Promise.all(numbersOf(3000).map((id) => ledger.keep(keptOf(id))));
      await ledger.keep(keptOf('fresh', { sequence: 8, finishedAt: '2027-01-01T00:00:00.000Z' }));
    });
    const cut = Date.parse('2026-12-01T00:00:00.000Z');
    await expect(pruneLedger(ledgerPath(), cut)).resolves.toEqual({ removed: 3000, kept: 1 });
    const { bytesBefore, bytesAfter } = await compactLedger(ledgerPath());
    expect(bytesAfter).toBeLessThan(bytesBefore / 5);
    await withLedger(async (ledger) => {
      await expect(ledger.sentUnder('fresh')).resolves.toHaveLength(1);
      await expect(ledger.lastSequence('acme', 'd1')).resolves.toBe(8);
      await expect(ledger.sentUnder('t0')).resolves.toEqual([]);
    });
    expect(await readdir(ledgerPath())).toEqual(['generation-2']);
  });
});

describe('A ledger whose replacement was cut short', () => {
  test('before the old one was marked is the old one, and the new one goes.', async () => {
    await withLedger((ledger) => ledger.claim(intentOf('first')));
    await cp(join(ledgerPath(), 'generation-1'), join(ledgerPath(), 'generation-2'), { recursive: true });
    await withLedger((ledger) => ledger.claim(intentOf('second')));
    expect(await readdir(ledgerPath())).toEqual(['generation-1']);
    await withLedger(async (ledger) => expect((await ledger.ofTransfer('second')).intents).toHaveLength(1));
  });

  test('after the old one was marked is the new one, and the old one goes.', async () => {
    await withLedger((ledger) => ledger.claim(intentOf('first')));
    const old = await openGeneration(ledgerPath());
    await replaceGeneration(ledgerPath(), old, () => undefined);
    await giveBack(old.store);
    expect(await readdir(ledgerPath())).toEqual(['generation-1', 'generation-2']);
    await withLedger((ledger) =>
      expect(ledger.ofTransfer('first')).resolves.toEqual({ intents: [], receipts: [], delivered: null }),
    );
    expect(await readdir(ledgerPath())).toEqual(['generation-2']);
  });

  test('leaves nothing of the next replacement behind.', async () => {
    await withLedger((ledger) => ledger.claim(intentOf('first')));
    await mkdir(join(ledgerPath(), 'new-1-abcdef'));
    await compactLedger(ledgerPath());
    expect(await readdir(ledgerPath())).toEqual(['generation-2']);
  });
});

test('A disk without room is told apart from a ledger that is damaged.', () => {
  const path = directory.path();
  expect(ledgerFailure(Object.assign(new Error('No space left'), { code: 28 }), path).code).toBe('DISK_FULL');
  expect(ledgerFailure(Object.assign(new Error('no space'), { code: 'ENOSPC' }), path).code).toBe('DISK_FULL');
  expect(ledgerFailure(Object.assign(new Error('Input/output error'), { code: 5 }), path).code).toBe(
    'LEDGER_UNAVAILABLE',
  );
});
