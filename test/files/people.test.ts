import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toFerryError } from '../../src/errors';
import { inspectFile, type FileRules } from '../../src/files';
import { tempDir } from './samples';
import { peopleFiles, type PeopleFile, type PeopleKind } from './support/people-files';

const ALL: FileRules = {
  types: ['JPG', 'JPEG', 'PNG', 'GIF', 'PDF', 'DOCX', 'XLSX', 'PPTX', 'TXT'],
  maxBytes: 2 ** 31,
};

let dir: string;
let remove: () => void;
let kinds: readonly PeopleKind[];

beforeAll(async () => {
  ({ dir, remove } = tempDir());
  kinds = await peopleFiles();
});
afterAll(() => remove());

/** Each kind in a directory of its own, since names repeat. */
function put({ kind }: PeopleKind, { name, content }: PeopleFile): string {
  mkdirSync(join(dir, kind), { recursive: true });
  writeFileSync(join(dir, kind, name), content);
  return join(dir, kind, name);
}

async function seen(path: string, as?: string): Promise<{ is: string; says: string }> {
  try {
    const { fileType, notes } = await inspectFile(path, ALL, as === undefined ? {} : { as });
    return { is: fileType, says: notes.join(' ') };
  } catch (error) {
    const { code, message, remedy } = toFerryError(error);
    return { is: code, says: `${message} ${remedy}` };
  }
}

test('Files as people have them are recognised, or refused with words that say what was found.', async () => {
  const wrong: unknown[] = [];
  for (const kind of kinds) {
    for (const file of kind.files) {
      const { is, says } = await seen(put(kind, file));
      const fits = file.says === undefined ? says === '' : file.says.test(says);
      if (is !== file.is || !fits) wrong.push({ kind: kind.kind, name: file.name, wanted: file.is, is, says });
    }
  }
  expect(wrong).toEqual([]);
  expect(kinds.length).toBe(12);
  expect(kinds.flatMap(({ files }) => files).length).toBeGreaterThanOrEqual(200);
});

test('Whatever is refused for its content goes when its type is asked for by name.', async () => {
  const refused = kinds.flatMap((kind) =>
    kind.files.filter(({ is }) => is.includes('_') && is !== 'EMPTY_FILE').map((file) => put(kind, file)),
  );
  const stillRefused: unknown[] = [];
  for (const path of refused) {
    const { is, says } = await seen(path, 'txt');
    if (is !== 'TXT' || !says.includes('sent as TXT')) stillRefused.push({ path, is, says });
  }
  expect(stillRefused).toEqual([]);
  expect(refused.length).toBeGreaterThan(50);
});

test('A broken picture is sent as the picture that was asked for, with a note.', async () => {
  const jpeg = kinds.find(({ kind }) => kind === 'JPEG');
  const half = jpeg?.files.find(({ name }) => name === 'half.jpg');
  if (jpeg === undefined || half === undefined) throw new Error('no half.jpg');
  const path = put(jpeg, half);
  expect(await seen(path, 'JPG')).toEqual({
    is: 'JPG',
    says: 'half.jpg cannot be decoded; sent all the same, as was asked',
  });
  expect((await inspectFile(path, { types: ['JPEG'], maxBytes: 1e6 }, { as: 'JPG' })).fileType).toBe('JPEG');
});

test('A type that the account does not take is refused also when it is asked for.', async () => {
  const path = join(dir, 'a.webp');
  writeFileSync(path, 'x');
  const { is, says } = await seen(path, 'WEBP');
  expect(is).toBe('TYPE_NOT_ALLOWED');
  expect(says).toContain(`${path} cannot be sent as WEBP; the account takes ${ALL.types.join(', ')}.`);
});
