import { join } from 'node:path';
import { openLedger } from '../../src/ledger';
import { giveBack, share } from '../../src/ledger/share';
import { intentOf, keptOf, ownDirectory } from './support';

const directory = ownDirectory();

/** As the library rejects: the cause is a promise of its own, which rejects a moment later. */
function failedCommit(): Promise<never> {
  const cause = Object.assign(new Error('MDB_NOTFOUND: No matching key/data pair found'), { code: -30_798 });
  const commitError = new Promise((_resolve, reject) => {
    setImmediate(() => reject(cause));
  });
  return Promise.reject(Object.assign(new Error('Commit failed (see commitError for details)'), { commitError }));
}

test.each(['claim', 'keep'] as const)(
  'After a fault of the store in %s, the next call opens the file again.',
  async (name) => {
    const unhandled: unknown[] = [];
    const onUnhandled = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', onUnhandled);
    const path = join(directory.path(), 'ledger');
    const ledger = openLedger(path);
    const ask = (id: string): Promise<unknown> =>
      name === 'claim' ? ledger.claim(intentOf(id)) : ledger.keep(keptOf(id));
    await ask('before');

    const store = await share(join(path, 'generation-1'));
    jest.spyOn(store.marks, 'transaction').mockImplementation(failedCommit);
    jest.spyOn(store.marks, 'ifNoExists').mockImplementation(failedCommit as never);
    await giveBack(store);
    await expect(ask('faulty')).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });

    await ask('after');
    const { intents, receipts } = await ledger.ofTransfer('after');
    expect(intents.length + receipts.length).toBe(1);
    expect(await ledger.ofTransfer('faulty')).toMatchObject({ intents: [], receipts: [] });
    await ledger.close();
    process.off('unhandledRejection', onUnhandled);
    expect(unhandled).toEqual([]);
  },
);
