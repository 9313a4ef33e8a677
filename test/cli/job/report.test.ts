import { execFileSync } from 'node:child_process';
import { appendFile, lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeLine } from '../../../src/cli/status/line';
import { styleFor } from '../../../src/cli/shared/output/style';
import { run } from '../../../src/cli/program/run';
import type { LineResult } from '../../../src/contract';
import { findLine, openJournals, storeManifest } from '../../../src/jobs';
import { jpeg, prepare } from '../../jobs/manifest-support';
import { resultOf } from '../../jobs/support';
import { ownDirectory } from '../../ledger/support';
import { documents, fakeIo } from '../support/fake-io';

const own = ownDirectory();
const plain = styleFor(fakeIo().stdout, { NO_COLOR: '1' });
const state = (): string => join(own.path(), 'state');

async function report(...words: readonly string[]) {
  const io = fakeIo({ cwd: own.path(), env: { HOME: own.path(), FERRY_STATE: state() } });
  const code = await run(['job', 'report', ...words], io);
  return { code, io };
}

/** Four lines: the first is done, the second failed and was sent by a second pass, the third failed, the last waits. */
async function job(): Promise<{ readonly jobId: string; readonly directory: string }> {
  await mkdir(state(), { mode: 0o700 });
  const names = ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg'];
  for (const name of names) await writeFile(join(own.path(), name), jpeg(name));
  await writeFile(join(own.path(), 'm.csv'), `source\n${names.join('\n')}\n`);
  const prepared = await prepare(own.path(), 'm.csv');
  await storeManifest(state(), prepared);
  const { jobId } = prepared.header;
  const directory = join(state(), 'jobs', jobId);
  const hostile: LineResult = { ...resultOf(4, 'failed'), source: '=cmd|"x",\n' };
  const results = [resultOf(2), resultOf(3, 'failed'), hostile];
  await openJournals().use(directory, async (journal) => {
    await journal.record([{ pass: 1, page: 0, results }]);
    await journal.record([{ pass: 2, page: 0, results: [resultOf(3)] }]);
  });
  return { jobId, directory };
}

test('A report has the last result of each line, with the columns of the contract.', async () => {
  const { jobId, directory } = await job();
  await appendFile(join(directory, 'journal.jsonl'), '{"line":5,"state":"do');
  const { code, io } = await report(jobId.slice(0, 8), '--format', 'jsonl');
  const lines = documents(io);
  expect(code).toBe(0);
  expect(lines.map(({ line, state: of, code: why }) => [line, of, why])).toEqual([
    [2, 'done', null],
    [3, 'done', null],
    [4, 'failed', 'TOO_LARGE'],
    [5, 'waiting', null],
  ]);
  const columns =
    'line, source, state, transferId, conversationId, sequence, relativePath, fileType, sizeBytes, md5, sha256, fetchedTo, code, message, finishedAt, remedy';
  for (const line of lines) expect(Object.keys(line).join(', ')).toBe(columns);
});

test('In a CSV no text is a formula, and quotes and line breaks stay in their field.', async () => {
  const { jobId } = await job();
  const { io } = await report(jobId, '--state', 'failed');
  expect(io.out()).toBe(
    'line,source,state,transferId,conversationId,sequence,relativePath,fileType,sizeBytes,md5,sha256,fetchedTo,code,message,finishedAt,remedy\r\n' +
      `4,"'=cmd|""x"",\n",failed,acme-file-4,,,,JPG,100,,,,TOO_LARGE,line 4,2026-01-02T03:04:05.000Z,mend\r\n`,
  );
});

test('A report says for each failed line what helps, also where a retry cannot help.', async () => {
  const { jobId, directory } = await job();
  const results: readonly LineResult[] = [
    resultOf(4, 'failed', 'SOURCE_CHANGED'),
    { ...resultOf(5, 'failed', 'SOURCE_MISSING'), refused: true },
  ];
  await openJournals().use(directory, (journal) => journal.record([{ pass: 3, page: 0, results }]));
  const lines = documents((await report(jobId, '--json')).io);
  expect(lines.map(({ line, remedy }) => [line, remedy])).toEqual([
    [2, null],
    [3, null],
    [4, expect.stringContaining('start the job again')],
    [5, expect.stringContaining('start the job again')],
  ]);
  const found = await findLine(state(), `${jobId}-4`);
  expect(describeLine(found!, Date.now(), plain).join('\n')).toMatch(
    /to mend +Wait until nobody writes to the file, and start/,
  );
});

test('On a terminal no name of a file steers the terminal; elsewhere the text is exact.', async () => {
  const { jobId, directory } = await job();
  const hostile: LineResult = { ...resultOf(5, 'failed'), source: '/data/\u001b[2J\rx\u202e.jpg' };
  await openJournals().use(directory, (journal) => journal.record([{ pass: 3, page: 0, results: [hostile] }]));
  const words = ['job', 'report', jobId, '--state', 'failed'];
  const tty = fakeIo({ cwd: own.path(), env: { HOME: own.path(), FERRY_STATE: state() }, tty: true });
  expect(await run(words, tty)).toBe(0);
  expect(tty.out()).toContain('/data/\ufffd[2J\ufffdx\ufffd.jpg');
  expect(tty.out()).toContain('\r\n');
  expect((await report(...words.slice(2))).io.out()).toContain(hostile.source);
});

test('--state takes states of lines and a state directory, before and after the name of the command.', async () => {
  const { jobId } = await job();
  for (const words of [
    [jobId, '--state', 'done,waiting', '--state', state()],
    [jobId, '--state', state(), '--state', 'done', '--state', 'waiting'],
  ]) {
    const { io } = await report(...words, '--json');
    expect(documents(io).map(({ line }) => line)).toEqual([2, 3, 5]);
  }
  expect((await report(jobId, '--state', 'nowhere')).code).toBe(2);
  expect((await report(jobId, '--state', '')).code).toBe(2);
});

test('The file of a report takes the place of an older one, and leaves nothing beside it.', async () => {
  const { jobId, directory } = await job();
  const path = join(own.path(), 'r.csv');
  await writeFile(path, 'old');
  const before = await readdir(own.path());
  const { io } = await report(jobId, '--output', 'r.csv', '--json');
  expect(documents(io)).toEqual([{ type: 'report', v: 1, jobId, path, lines: 4 }]);
  const text = await readFile(path, 'utf8');
  expect(text.startsWith('{"line":2,')).toBe(true);
  await writeFile(join(directory, 'manifest.jsonl'), '{"type":"job-manifest"}\n{"line":\n');
  expect((await report(jobId, '--output', 'r.csv')).code).toBe(3);
  expect(await readFile(path, 'utf8')).toBe(text);
  expect(await readdir(own.path())).toEqual(before);
});

test('A job that this host does not have is exit 2.', async () => {
  await expect(report('acme-none')).resolves.toMatchObject({ code: 2 });
});

test('With --json each line says what it is.', async () => {
  const { jobId } = await job();
  const { io } = await report(jobId, '--json', '--state', 'waiting');
  expect(documents(io)).toEqual([expect.objectContaining({ type: 'line', v: 1, line: 5, state: 'waiting' })]);
});

test('A --state that is neither states of lines nor a directory is refused, and so is an empty state.', async () => {
  const { jobId } = await job();
  for (const word of ['fialed', 'done,,failed']) {
    const { code, io } = await report(jobId, '--state', word, '--json');
    const message = expect.stringMatching(
      /neither states of lines \(done, failed, .*\) nor a state directory/,
    ) as string;
    expect([code, documents(io)]).toMatchObject([2, [{ error: { code: 'USAGE', message } }]]);
  }
});

test.each([
  ['no/such/report.csv', /there is no directory .*no\/such\./, /Make the directory/],
  ['.', /it is a directory\./, /Name a file/],
])('An --output %j that cannot be written is told with what helps.', async (file, message, remedy) => {
  const { jobId } = await job();
  const { code, io } = await report(jobId, '--output', file, '--json');
  expect(code).toBe(2);
  expect(documents(io)).toMatchObject([
    { error: { message: expect.stringMatching(message) as string, remedy: expect.stringMatching(remedy) as string } },
  ]);
});

test('An --output that is a pipe, or leads to a device, is refused and stays.', async () => {
  const { jobId } = await job();
  execFileSync('mkfifo', [join(own.path(), 'pipe')]);
  await symlink('/dev/null', join(own.path(), 'device'));
  for (const file of ['pipe', 'device']) {
    const { code, io } = await report(jobId, '--output', file);
    expect(code).toBe(2);
    expect(io.err()).toContain('it is a device, a pipe or a socket. Name a file, or leave --output out');
    expect((await lstat(join(own.path(), file))).isFile()).toBe(false);
  }
});

test('A line is found by its transfer id, and told with its last result.', async () => {
  const { jobId } = await job();
  const lines = await Promise.all([3, 4, 5].map((line) => findLine(state(), `${jobId}-${line}`)));
  expect(lines).toMatchObject([
    { jobId, line: { line: 3, state: 'done' } },
    { jobId, line: { line: 4, state: 'failed', code: 'TOO_LARGE' } },
    { jobId, line: { line: 5, state: 'waiting', transferId: `${jobId}-5` } },
  ]);
  const told = lines.map((found) => (found === null ? '' : describeLine(found, Date.now(), plain).join('\n')));
  expect(told[0]).toContain(`line 3 of ${jobId}`);
  expect(told[0]).toContain('its message was published (message 3 in conversation c1)');
  expect(told[1]).toMatch(/no message of it is known\n +why +line 4 \[TOO_LARGE\]/);
  expect(told[2]).toContain('the line is not settled yet');
});

test.each(['-6', '-05', '', '-x', '/../../x-3'])('No line is found by the id of a job and %j.', async (end) => {
  const { jobId } = await job();
  expect(await findLine(state(), `${jobId}${end}`)).toBeNull();
});
