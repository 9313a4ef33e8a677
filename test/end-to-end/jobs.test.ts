/** A job on a real Temporal, sandbox and worker: killed twice, paused once, and started again. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LineResult } from '../../src/contract';
import { waitFor } from '../support/wait-for';
import { killNow, openMachine, type Document, type Machine, type Up } from './machine';
import { writeJpeg } from './pictures';

const SMALL = 300;
const LARGE_BYTES = 9_000_000;
const BAD = ['missing.jpg', 'empty.jpg', 'text.jpg'];

let machine: Machine;
let up: Up;

beforeAll(async () => {
  machine = await openMachine();
  up = await machine.up('--max-bytes', '20000000');
}, 120_000);

afterAll(() => machine.close());

/** Small pictures, one large one, and lines that can never be sent, in one manifest. */
async function makeManifest(): Promise<string> {
  const at = (name: string): string => join(machine.directory, 'files', name);
  await mkdir(at(''), { recursive: true });
  const small = Array.from({ length: SMALL }, (_, index) => `small-${index}.jpg`);
  for (const name of small) await writeJpeg(at(name), 3000);
  await writeJpeg(at('large.jpg'), LARGE_BYTES);
  await writeFile(at('empty.jpg'), '');
  await writeFile(at('text.jpg'), 'not a picture');
  const names = [...small.slice(0, 150), 'large.jpg', ...small.slice(150), ...BAD];
  const manifest = join(machine.directory, 'january.csv');
  await writeFile(manifest, ['source,caption', ...names.map((name) => `files/${name},{name}`), ''].join('\r\n'));
  return manifest;
}

async function job(...args: string[]): Promise<Document> {
  const { documents, stderr } = await machine.ferry(['job', ...args, '--json']);
  const [document] = documents;
  if (document === undefined) throw new Error(stderr);
  return document;
}

/** kill -9; `ferry up` starts another worker. */
async function killWorker(): Promise<void> {
  const before = up.workerPid();
  killNow(before);
  await waitFor(() => (up.workerPid() === before ? undefined : true));
}

async function untilSettled(jobId: string, lines: number): Promise<Document> {
  return waitFor(async () => {
    const status = await job('status', jobId);
    const { done, failed } = status['counts'] as Record<string, number>;
    return Number(done) + Number(failed) >= lines ? status : undefined;
  }, 60_000);
}

const filesIn = (messages: readonly Document[]): Document[] =>
  messages.filter(({ contentType }) => contentType === 'hosted/file');

test('Through two kills of the worker and a pause each line is in the journal once, and one message in its conversation.', async () => {
  const manifest = await makeManifest();
  const refused = await machine.ferry(['job', 'start', manifest, '--detach', '--json']);
  expect(refused.code).toBe(2);
  expect(refused.documents.map(({ error }) => error.line as number)).toEqual([303, 304, 305]);

  // Else the job may have ended before it is paused.
  await up.fault('put', { delayMs: 500 }, SMALL);
  const start = ['job', 'start', manifest, '--skip-bad', '--lanes', '2', '--json'];
  const started = await machine.ferry([...start, '--detach']);
  expect(started.code).toBe(0);
  const { jobId } = started.documents.at(-1)!;
  await untilSettled(jobId, 20);
  await killWorker();
  await untilSettled(jobId, 80);
  expect(await job('pause', jobId)).toMatchObject({ state: 'paused' });
  const quiet = filesIn(await up.page('messages')).length;
  await killWorker();
  expect(await waitFor(() => job('status', jobId))).toMatchObject({ state: 'paused' });
  expect(filesIn(await up.page('messages'))).toHaveLength(quiet);
  await job('resume', jobId);

  const watched = await machine.ferry(['job', 'watch', jobId, '--json', '--timeout', '120s']);
  expect(watched.code).toBe(3);
  const counts = { done: SMALL + 1, failed: BAD.length, parked: 0, skipped: 0, running: 0, waiting: 0 };
  expect(watched.documents.at(-1)).toMatchObject({ type: 'job', state: 'done', counts });
  expect(watched.documents.at(-2)).toMatchObject({ type: 'event', kind: 'end', jobId });

  const journal = await readFile(join(machine.stateDir, 'jobs', jobId, 'journal.jsonl'), 'utf8');
  const rows = journal
    .trimEnd()
    .split('\n')
    .map((row) => JSON.parse(row) as LineResult);
  expect(rows.map(({ line }) => line).toSorted((a, b) => a - b)).toEqual(rows.map((_, index) => index + 2));
  const messages = filesIn(await up.page('messages'));
  const sent = rows.filter(({ state }) => state === 'done');
  expect(messages.map(({ relativePath }) => relativePath as string).toSorted()).toEqual(
    sent.map(({ relativePath }) => relativePath ?? '').toSorted(),
  );
  const objects = new Map((await up.page('objects')).map(({ relativePath, md5 }) => [relativePath as string, md5]));
  for (const { source, relativePath, md5 } of sent) {
    const digest = createHash('md5')
      .update(await readFile(source))
      .digest('hex');
    expect([md5, objects.get(relativePath ?? '')]).toEqual([digest, digest]);
  }

  const again = await machine.ferry(start);
  expect(again).toMatchObject({ code: 3 });
  expect(again.documents.at(-1)).toMatchObject({ jobId, counts });
  expect(filesIn(await up.page('messages'))).toHaveLength(SMALL + 1);

  const cancelled = await machine.ferry(['cancel', String(jobId), '--json']);
  expect([cancelled.code, cancelled.documents]).toMatchObject([
    2,
    [{ error: { code: 'TRANSFER_UNKNOWN', message: `${String(jobId)} is a job, not a transfer.` } }],
  ]);
  // The id of line 15 is also the beginning of the id of the large file on line 152.
  const lineId = `${String(jobId)}-15`;
  const line = await machine.ferry(['status', lineId, '--json']);
  expect(line.documents).toMatchObject([{ type: 'line', v: 1, jobId, line: 15, transferId: lineId, state: 'done' }]);
  expect(line.stderr).toMatch(/its message was published \(message \d+/);
  const refusal = await machine.ferry(['cancel', lineId, '--json']);
  const message = `${lineId} is not a transfer of its own: it names line 15 of the job ${String(jobId)}.`;
  expect([refusal.code, refusal.documents]).toMatchObject([2, [{ error: { code: 'TRANSFER_UNKNOWN', message } }]]);
  const listed = await machine.ferry(['job', 'list', '--json']);
  expect(listed.documents).toMatchObject([{ type: 'job', jobId, state: 'done', counts }]);
  const [before] = (jobId as string).split('-', 1);
  expect(await job('status', before!)).toMatchObject({ jobId, finishedAt: expect.any(String) as string });
}, 240_000);

test('Lines that failed are run again as another pass, and only those.', async () => {
  const manifest = join(machine.directory, 'february.csv');
  const path = join(machine.directory, 'files', 'late.jpg');
  const kept = join(machine.directory, 'files', 'kept.jpg');
  await Promise.all([writeJpeg(path), writeJpeg(kept)]);
  await writeFile(manifest, `source\n${path}\n${kept}\n`);
  await up.fault('request:ms.GenerateURLForUploadFile', { error: { code: 451 } }, 2);
  const first = await machine.ferry(['job', 'start', manifest, '--json', '--timeout', '60s']);
  expect(first).toMatchObject({ code: 3 });
  const ended = first.documents.at(-1)!;
  expect(ended).toMatchObject({
    counts: { done: 0, parked: 2 },
    reasons: [{ state: 'parked', code: 'ACCOUNT_BLOCKED' }],
  });
  expect(await job('retry', ended['jobId'], '--reason', 'ACCOUNT_BLOCKED')).toMatchObject({ jobId: ended['jobId'] });
  const watched = await machine.ferry(['job', 'watch', ended['jobId'], '--json', '--timeout', '60s']);
  expect(watched).toMatchObject({ code: 0 });
  expect(watched.documents.at(-1)).toMatchObject({ pass: 2, counts: { done: 2, parked: 0 } });
  const nothing = await machine.ferry(['job', 'retry', ended['jobId'], '--json']);
  expect(nothing.documents[0]).toMatchObject({ error: { code: 'COMMAND_IMPOSSIBLE' } });
}, 120_000);
