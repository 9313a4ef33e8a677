import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { giveBack, share } from '../../src/ledger/share';
import { ownDirectory } from './support';

const directory = ownDirectory();

test('A store that is opened twice is one store, which closes when its last user gives it back.', async () => {
  const path = join(directory.path(), 'store');
  const first = await share(path);
  await rename(path, `${path}-renamed`);
  const second = await share(`${path}-renamed`);
  expect(second).toBe(first);
  await giveBack(first);
  await second.marks.put('still open', 1);
  await giveBack(second);
  expect(() => second.marks.putSync('closed', 1)).toThrow('closed');
  const again = await share(`${path}-renamed`);
  expect(again).not.toBe(first);
  expect(again.marks.get('still open')).toBe(1);
  await giveBack(again);
});

test('A store of a directory that was removed is closed all the same.', async () => {
  await mkdir(join(directory.path(), 'gone'));
  const store = await share(join(directory.path(), 'gone', 'store'));
  await rename(join(directory.path(), 'gone'), join(directory.path(), 'elsewhere'));
  await giveBack(store);
  expect(() => store.marks.putSync('closed', 1)).toThrow('closed');
});
