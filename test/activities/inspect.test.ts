import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from '../../src/activities/inspect';
import { toFerryError } from '../../src/errors';
import { fakeDeps } from './support';

const attempt = {
  number: 1,
  signal: new AbortController().signal,
  taskToken: new Uint8Array(),
  runId: '',
  enteredAt: 0,
  previous: undefined,
  details: undefined,
  waitFor: () => undefined,
};

async function codeWith(caption: string): Promise<string> {
  const source = { path: '/nowhere/plan.jpg', sizeBytes: null, mtimeMs: null, inode: null };
  const input = { account: 'acme', consumer: 'ops', source, caption, fetchTo: null };
  return await inspect(fakeDeps({}), input, attempt).then(
    () => 'taken',
    (error: unknown) => toFerryError(error).code,
  );
}

test('A caption of 1,000 characters is taken whatever they are, as by the command line; one more is refused', async () => {
  for (const character of ['x', 'ü', '🚢']) {
    expect(await codeWith(character.repeat(1000))).toBe('SOURCE_MISSING');
    expect(await codeWith(character.repeat(1001))).toBe('CAPTION_TOO_LONG');
  }
});

test('A time that lost its nanoseconds is the same time; another millisecond is a changed file', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'ferry-inspect-'));
  try {
    const path = join(dir, 'notes.txt');
    writeFileSync(path, 'x');
    utimesSync(path, 1_700_000_000.5612, 1_700_000_000.5612);
    const { mtimeMs } = statSync(path);
    expect(mtimeMs % 1).not.toBe(0);
    const codeAt = async (seen: number): Promise<string> => {
      const source = { path, sizeBytes: 1, mtimeMs: seen, inode: null };
      const input = { account: 'acme', consumer: 'ops', source, caption: '', fetchTo: null, sendAs: 'JPG' };
      return await inspect(fakeDeps({}), input, attempt).then(
        () => 'taken',
        (error: unknown) => toFerryError(error).code,
      );
    };
    expect([await codeAt(Math.floor(mtimeMs)), await codeAt(mtimeMs - 1)]).toEqual(['taken', 'SOURCE_CHANGED']);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
