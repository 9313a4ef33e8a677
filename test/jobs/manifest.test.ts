import { link, mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transferIdOf } from '../../src/contract/transfer-id';
import { goodOf, jpeg, prepare, problemsOf, writeJpegs } from './manifest-support';
import { scratchDirectory } from './support';

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
const at = (name: string): string => join(scratch.path, name);

beforeEach(async () => {
  scratch = await scratchDirectory();
  await writeJpegs(scratch.path, 'a.jpg', 'b.jpg', 'c.jpg');
});

afterEach(() => scratch.remove());

async function manifest(text: string | Buffer, name = 'm.csv', more = {}) {
  await writeFile(at(name), text);
  return prepare(scratch.path, name, more);
}

test.each([
  ['a byte order mark and CR LF', '\ufeffsource,caption\r\na.jpg,one\r\nb.jpg,two\r\n', ['2 a.jpg one', '3 b.jpg two']],
  ['no line feed at the end', 'source\na.jpg', ['2 a.jpg']],
  ['semicolons', 'source;caption\na.jpg;"x;y, z"\n', ['2 a.jpg x;y, z']],
  ['a separator that Excel names', '\ufeffsep=;\r\nsource;caption\r\na.jpg;x, y, z\r\n', ['3 a.jpg x, y, z']],
  ['tabs', 'caption\tsource\nx\ta.jpg\n', ['2 a.jpg x']],
  [
    'quotes with separators, quotes and CR LF',
    'source,caption\r\n"a.jpg","x ""y"", z\r\nw"\r\nb.jpg,\r\n',
    ['2 a.jpg x "y", z\r\nw', '4 b.jpg'],
  ],
  ['empty lines', 'source\n\na.jpg\n\n\nb.jpg\n\n', ['3 a.jpg', '6 b.jpg']],
  [
    'placeholders',
    'source,consumer,caption\na.jpg,c-1,{name}/{line}/{consumer}/{account}/{{x}}\n',
    ['2 a.jpg a.jpg/2/c-1//{x}'],
  ],
  [
    'JSON Lines',
    '\ufeff{"source":"a.jpg","caption":"x\\ny","consumer":null}\r\n\r\n{"source":"./b.jpg"}\r\n',
    ['1 a.jpg x\ny', '3 b.jpg'],
  ],
  [
    'a line separator within JSON',
    '{"source":"a.jpg","caption":"x\u2028y"}\n{"source":"b.jpg"}\n',
    ['1 a.jpg x\u2028y', '2 b.jpg'],
  ],
])('A manifest with %s is read line by line.', async (_what, text, good) => {
  const job = await manifest(text);
  expect(problemsOf(job)).toEqual([]);
  expect(goodOf(job)).toEqual(good);
});

test.each([
  ['UTF-16', Buffer.from('\ufeffsource\na.jpg\n', 'utf16le'), ['1 1 - MANIFEST_INVALID']],
  ['UTF-16 in the other byte order', Buffer.from('\ufeffsource\n', 'utf16le').swap16(), ['1 1 - MANIFEST_INVALID']],
  ['UTF-16 without its mark', Buffer.from('source\na.jpg\n', 'utf16le'), ['1 1 - MANIFEST_INVALID']],
  ['a picture', jpeg('x'), ['1 - - MANIFEST_INVALID']],
  [
    'an unknown column',
    'source,captoin\na.jpg,x\nnone.jpg,y\n',
    ['1 2 captoin MANIFEST_INVALID', '3 1 source SOURCE_MISSING'],
  ],
  ['a column twice', 'source,caption,source\n', ['1 3 source MANIFEST_INVALID']],
  ['no source column', 'caption\nx\n', ['1 1 - MANIFEST_INVALID']],
  ['a quote that is never closed', 'source,caption\na.jpg,x\nb.jpg,"x\nc.jpg,y\n', ['3 - - MANIFEST_INVALID']],
  ['a quote within a field', 'source,caption\na.jpg,x"y\n', ['2 - - MANIFEST_INVALID']],
  ['a quote far below', 'source,caption\na.jpg,x\nb.jpg,"x\ny"\nb.jpg,ab"c"d\n', ['5 - - MANIFEST_INVALID']],
  ['an endless field', `source,caption\na.jpg,x\nb.jpg,${'y'.repeat(1_100_000)}\n`, ['3 - - MANIFEST_INVALID']],
  ['a JSON array', '[{"source":"a.jpg"}]', ['1 1 - MANIFEST_INVALID']],
])('A manifest with %s cannot be sent, not even without its bad lines.', async (_what, text, problems) => {
  const job = await manifest(text);
  expect(job.isUnreadable).toBe(true);
  expect(problemsOf(job)).toEqual(problems);
});

test.each([
  ['source,captoin\na.jpg,x\n', 'Did you mean caption?'],
  ['Source\na.jpg\n', 'Did you mean source?'],
  ['source,caption,\na.jpg,x,\n', 'The column 3 has no name.'],
  ['source,caption\na.jpg\n', 'The line has 1 field; the header has 2.'],
  [Buffer.from('source\nGr\xfc\xdfe.jpg\n', 'latin1'), 'The source is not UTF-8. Save the manifest as UTF-8.'],
  [`source,caption\na.jpg,${'y'.repeat(1_100_000)}\n`, 'has more than 1 MB'],
])('What is wrong with manifest %# is said in words that help.', async (text, words) => {
  const { problems } = await manifest(text);
  expect(problems.map(({ error }) => error.message).join('\n')).toContain(words);
});

test('Every bad line is told with line, column and code, and the others stay good.', async () => {
  await mkdir(at('d'));
  await symlink('a.jpg', at('link.jpg'));
  await writeFile(at('empty.jpg'), '');
  await writeFile(at('text.jpg'), 'hello');
  await writeFile(at('large.jpg'), jpeg('large', 1001));
  const lines = [
    'source,account,consumer,caption',
    'a.jpg,,,',
    './d/../a.jpg,,,other words',
    'link.jpg,,,',
    'none.jpg,,,',
    'empty.jpg,,,',
    'd,,,',
    'text.jpg,,,',
    'large.jpg,,,',
    ',,,x',
    'b.jpg,,',
    'b.jpg,nobody,,',
    'b.jpg,,no-one,',
    `b.jpg,,,${'x'.repeat(1001)}`,
    'b.jpg,,,{nmae}',
    'b.jpg,other,,',
    'b.jpg,,,',
    'none.jpg,,,{oh}',
  ];
  const odd = Buffer.concat([
    Buffer.from(`${lines.join('\n')}\n`),
    Buffer.from('caf\xe9.jpg,,,\nc.jpg,,,caf\xe9\n', 'latin1'),
  ]);
  const job = await manifest(odd);
  expect(problemsOf(job)).toEqual([
    '3 1 source SOURCE_REPEATED',
    '4 1 source SOURCE_REPEATED',
    '5 1 source SOURCE_MISSING',
    '6 1 source EMPTY_FILE',
    '7 1 source NOT_A_FILE',
    '8 1 source IMAGE_BROKEN',
    '9 1 source TOO_LARGE',
    '10 - source MANIFEST_INVALID',
    '11 4 - MANIFEST_INVALID',
    '12 2 account ACCOUNT_UNKNOWN',
    '13 3 consumer CONSUMER_NOT_ALLOWED',
    '14 4 caption CAPTION_TOO_LONG',
    '15 4 caption MANIFEST_INVALID',
    '18 4 caption MANIFEST_INVALID',
    '18 1 source SOURCE_MISSING',
    '19 1 source SOURCE_MISSING',
    '20 4 caption MANIFEST_INVALID',
  ]);
  expect(goodOf(job)).toEqual(['2 a.jpg', '16 b.jpg', '17 b.jpg']);
  expect([job.good, job.bad, job.isUnreadable]).toEqual([3, 16, false]);
});

test('JSON that is wrong is told with its place.', async () => {
  const text = '{"source":"a.jpg","foo":1}\n{"source":3}\n[1]\n{"source"\n{"caption":"x"}\n{"source":"b.jpg"}\n';
  const job = await manifest(text, 'm.jsonl');
  expect(problemsOf(job)).toEqual([
    '1 19 foo MANIFEST_INVALID',
    '2 2 source MANIFEST_INVALID',
    '3 1 - MANIFEST_INVALID',
    '4 1 - MANIFEST_INVALID',
    '5 - source MANIFEST_INVALID',
  ]);
  expect(goodOf(job)).toEqual(['6 b.jpg']);
});

test('A key that stands twice in a line of JSON is refused where it stands again.', async () => {
  const lines = [
    String.raw`{"source":"a.jpg","caption":"source","caption" : "y"}`,
    String.raw`{"source":"a.jpg","source":"b.jpg"}`,
    String.raw`{"source":"a.jpg","s\u006furce":"b.jpg"}`,
    String.raw`{"caption":"\"source\": {","source":"a.jpg"}`,
    String.raw`{"source":"c.jpg","x":{"source":"q","x":1}}`,
  ];
  const job = await manifest(`${lines.join('\n')}\n`, 'm.jsonl');
  expect(problemsOf(job)).toEqual([
    '1 38 caption MANIFEST_INVALID',
    '2 19 source MANIFEST_INVALID',
    '3 19 source MANIFEST_INVALID',
    '5 19 x MANIFEST_INVALID',
  ]);
  expect(job.problems[0]!.error.message).toBe('The key "caption" is there twice.');
  expect(goodOf(job)).toEqual(['4 a.jpg "source": {']);
});

test('A problem of a line of JSON is told at its key, also where a value has the same text.', async () => {
  const job = await manifest('{"caption":"foo","foo":"x","source":"a.jpg"}\n', 'm.jsonl');
  expect(problemsOf(job)).toEqual(['1 18 foo MANIFEST_INVALID']);
});

test('A hundred problems are listed, and all are counted.', async () => {
  const job = await manifest(`source\n${'none.jpg\n'.repeat(150)}`);
  expect([job.problems.length, job.problemCount, job.bad]).toEqual([100, 150, 150]);
});

test('One file may go to several consumers, and two names of one file are two files.', async () => {
  await link(at('a.jpg'), at('hard.jpg'));
  const job = await manifest('source,consumer\na.jpg,c-1\na.jpg,c-2\nhard.jpg,c-1\n');
  expect(problemsOf(job)).toEqual([]);
});

test('Two files of one name cannot be fetched back into one directory, nor onto another file.', async () => {
  await mkdir(at('d'));
  await mkdir(at('out'));
  await writeJpegs(at('d'), 'a.jpg');
  await writeFile(at('out/b.jpg'), jpeg('other'));
  const job = await manifest('source,fetchTo\na.jpg,out\nd/a.jpg,out\nb.jpg,out\nc.jpg,none/none\n');
  expect(problemsOf(job)).toEqual([
    '3 2 fetchTo SOURCE_REPEATED',
    '4 2 fetchTo TARGET_EXISTS',
    '5 2 fetchTo TARGET_PARENT_MISSING',
  ]);
});

test('The key of a line is the id that a plain send of its file gets.', async () => {
  const job = await manifest('source,consumer,caption\na.jpg,c-1,Hello {name}\n', 'm.csv', { sealed: true });
  const [row] = Array.from(job.rows());
  const { source, sizeBytes, mtimeMs } = row!;
  const sent = { account: 'acme', consumer: 'c-1', conversationId: null, host: 'desk', path: source, name: 'a.jpg' };
  expect(row!.sendKey).toBe(transferIdOf({ ...sent, sizeBytes, mtimeMs, caption: 'Hello a.jpg' }, true));
  expect(row!.transferId).toBe(`${job.header.jobId}-2`);
});

test('The same lines of the same files are the same job, in whatever order; anything else is another one.', async () => {
  const text = 'source,caption\na.jpg,x\nb.jpg,\n';
  const { jobId } = (await manifest(text)).header;
  const idOf = async (again: string, more = {}): Promise<string> => (await manifest(again, 'm.csv', more)).header.jobId;
  expect(jobId).toMatch(/^acme-m-[0-9a-z]{10}$/);
  expect(await idOf('caption;source\r\nx;./a.jpg\r\n\r\n;b.jpg\r\n', { order: 'size', lanes: 3 })).toBe(jobId);
  const others = [
    await idOf('source,caption\na.jpg,x\n'),
    await idOf('source,caption\na.jpg,x\nb.jpg,y\n'),
    await idOf(text, { consumer: 'c-1' }),
    await idOf(text, { host: 'other' }),
    await idOf(text, { again: 'q' }),
  ];
  await utimes(at('a.jpg'), 1, 1);
  others.push(await idOf(text));
  expect(new Set([jobId, ...others]).size).toBe(7);
  expect(await idOf(text, { sealed: true })).toMatch(/^acme-m-[0-9a-z]{10}$/);
});

test('A directory is read as a manifest of its files in the order of their names.', async () => {
  await mkdir(at('z/.hidden'), { recursive: true });
  await writeJpegs(at('z'), 'x.jpg', 'y.png.part', '~$y.jpg', 'w.tmp', '.dot.jpg', 'B.jpg', 'b.png');
  await writeJpegs(at('z/.hidden'), 'h.jpg');
  await symlink('..', at('z/loop'));
  await symlink('../a.jpg', at('z/l.jpg'));
  const names = async (more: object): Promise<readonly string[]> => goodOf(await prepare(scratch.path, '.', more));
  expect(await names({})).toEqual(['1 a.jpg', '2 b.jpg', '3 c.jpg']);
  expect(await names({ recursive: true, globs: ['z/*.jpg', 'b.*'] })).toEqual([
    '1 b.jpg',
    '2 B.jpg',
    '3 b.png',
    '4 a.jpg',
    '5 x.jpg',
  ]);
  const job = await prepare(scratch.path, 'z', { recursive: true });
  expect(goodOf(job)).toEqual(['1 B.jpg', '2 b.png', '3 a.jpg', '4 x.jpg']);
  expect(job.notes).toEqual(['4 left out: their names are temporary.']);
  expect(job.header.name).toBe('z');
});

test('A name that is not UTF-8 is refused with its byte, and does not hinder the others.', async () => {
  const odd = Buffer.concat([Buffer.from(`${scratch.path}/`), Buffer.from('b\xe9.jpg', 'latin1')]);
  await writeFile(odd, jpeg('x'));
  const job = await prepare(scratch.path, '.');
  expect(problemsOf(job)).toEqual(['3 - source SOURCE_MISSING']);
  expect(job.problems[0]!.error.message).toMatch(/0xE9 at offset 1/);
});

test('Files are sent in the order that was asked for, and keep their lines.', async () => {
  await writeFile(at('a.jpg'), jpeg('a', 300));
  await writeFile(at('b.jpg'), jpeg('b', 200));
  const text = 'source\nc.jpg\na.jpg\nb.jpg\n';
  expect(goodOf(await manifest(text))).toEqual(['2 c.jpg', '3 a.jpg', '4 b.jpg']);
  expect(goodOf(await manifest(text, 'm.csv', { order: 'size' }))).toEqual(['2 c.jpg', '4 b.jpg', '3 a.jpg']);
  expect(goodOf(await manifest(text, 'm.csv', { order: 'name' }))).toEqual(['3 a.jpg', '4 b.jpg', '2 c.jpg']);
});

test('A manifest that is not there and an unknown account of the whole job are errors of the command.', async () => {
  await expect(prepare(scratch.path, 'none.csv')).rejects.toMatchObject({ code: 'USAGE' });
  await expect(prepare(scratch.path, '.', { account: 'nobody' })).rejects.toMatchObject({ code: 'ACCOUNT_UNKNOWN' });
});
