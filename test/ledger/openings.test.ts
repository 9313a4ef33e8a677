import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { whileClosing, whileCommitting, whileOpening } from '../../src/ledger/openings';
import { ownDirectory } from './support';

const directory = ownDirectory();
const parts = { open: whileOpening, close: whileClosing, commit: whileCommitting } as const;

/** Begins `first`, begins `second` meanwhile, and ends `first` when `second` could have ended. */
async function order(first: keyof typeof parts, second: keyof typeof parts): Promise<readonly string[]> {
  const elsewhere = join(directory.path(), 'elsewhere');
  await mkdir(elsewhere);
  const events: string[] = [];
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  let one: Promise<unknown> = gate;
  await new Promise<void>((begun) => {
    one = parts[first](directory.path(), async () => {
      begun();
      await gate;
      events.push(first);
    });
  });
  const other = parts[second](directory.path(), () => events.push(second));
  for (let times = 0; times < 5; times += 1) await parts[second](elsewhere, () => undefined);
  release();
  await Promise.all([one, other]);
  return events;
}

test.each([
  ['commit', 'open'],
  ['open', 'commit'],
  ['open', 'close'],
  ['close', 'open'],
  ['close', 'commit'],
] as const)('While there is one "%s", "%s" waits.', async (first, second) => {
  await expect(order(first, second)).resolves.toEqual([first, second]);
});

test.each([
  ['commit', 'commit'],
  ['commit', 'close'],
] as const)('While there is one "%s", "%s" does not wait.', async (first, second) => {
  await expect(order(first, second)).resolves.toEqual([second, first]);
});
