import { inspect } from '../../src/activities/inspect';
import { toFerryError } from '../../src/errors';
import { fakeDeps } from './support';

const attempt = {
  number: 1,
  signal: new AbortController().signal,
  enteredAt: 0,
  previous: undefined,
  details: undefined,
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
