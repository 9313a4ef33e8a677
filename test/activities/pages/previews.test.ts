/** The preview in the message of a line shows the bytes that were uploaded. */
import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { ActivityDeps } from '../../../src/activities';
import type { JobLine } from '../../../src/contract';
import { makePreview } from '../../../src/files';
import { identityOf } from '../../files/samples';
import { attempt, openStage, toPublish, type Stage } from './stage';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const BYTES = 5_000;

async function write(path: string, background: string): Promise<void> {
  const jpeg = await sharp({ create: { width: 40, height: 40, channels: 3, background } })
    .jpeg()
    .toBuffer();
  writeFileSync(path, Buffer.concat([jpeg, Buffer.alloc(BYTES - jpeg.length)]));
}

/** Another picture in the same file, with the same size and times. */
async function rewrite({ source, mtimeMs }: JobLine, background: string): Promise<void> {
  await write(source, background);
  utimesSync(source, mtimeMs / 1000, mtimeMs / 1000);
}

/** A line of a red picture. */
async function redLine(name: string): Promise<JobLine> {
  const [line] = await stage.lines(1, name);
  if (line === undefined) throw new Error('the stage made no line');
  await write(line.source, '#ff0000');
  const seconds = 1_700_000_000;
  utimesSync(line.source, seconds, seconds);
  const { sizeBytes, mtimeMs, inode } = identityOf(line.source);
  return { ...line, sizeBytes, mtimeMs, inode };
}

async function previewIn(background: string): Promise<string | null> {
  const path = join(stage.directory, `sample${background}.jpg`);
  await write(path, background);
  return await makePreview(identityOf(path), 'JPG');
}

/** A worker, and the previews that it publishes. */
function watched(change: (deps: ActivityDeps) => ActivityDeps = (deps) => deps) {
  const shown: (string | null)[] = [];
  const worker = stage.worker((deps) => {
    const session: ActivityDeps['consumers']['session'] = (identity, token) => {
      const real = deps.consumers.session(identity, token);
      const publishFile: typeof real.publishFile = (message) => {
        shown.push(message.preview ?? null);
        return real.publishFile(message);
      };
      return { ...real, publishFile };
    };
    return change({
      ...deps,
      consumers: Object.assign(Object.create(deps.consumers) as typeof deps.consumers, { session }),
    });
  });
  return { worker, shown };
}

test('The delivery reads the picture for its preview: the publish needs the file no more.', async () => {
  const { worker, shown } = watched();
  const line = await redLine('gone');
  const page = stage.page([line]);
  const delivered = await attempt(worker.deliverPage, { page });
  rmSync(line.source);
  await attempt(worker.publishPage, toPublish(page, delivered));
  expect(shown).toEqual([await previewIn('#ff0000')]);
});

test('A picture that took the place of the uploaded one is not shown.', async () => {
  const { worker, shown } = watched();
  const line = await redLine('later');
  const page = stage.page([line]);
  const delivered = await attempt(worker.deliverPage, { page });
  await rewrite(line, '#0000ff');
  await attempt(worker.publishPage, toPublish(page, delivered));
  expect(shown).toEqual([await previewIn('#ff0000')]);
});

test('A picture that was inspected but not uploaded is not shown.', async () => {
  const line = await redLine('between');
  const { worker, shown } = watched((deps) => ({
    ...deps,
    ledger: {
      ...deps.ledger,
      // Asked between the inspection and the upload.
      sentUnder: async () => {
        await rewrite(line, '#0000ff');
        return [];
      },
    },
  }));
  const page = stage.page([line]);
  const delivered = await attempt(worker.deliverPage, { page });
  await attempt(worker.publishPage, toPublish(page, delivered));
  expect(shown).toEqual([await previewIn('#0000ff')]);
});

test('Another worker makes the preview of the file, and none of a replaced file.', async () => {
  const lines = [await redLine('kept'), await redLine('replaced')];
  const page = stage.page(lines);
  const delivered = await attempt(watched().worker.deliverPage, { page });
  const { worker, shown } = watched();
  rmSync(lines[1]?.source ?? '');
  await attempt(worker.publishPage, toPublish(page, delivered));
  expect(shown).toEqual([await previewIn('#ff0000'), null]);
});

test('Another worker makes no preview of a file that was rewritten with its size and time restored.', async () => {
  const line = await redLine('rewritten');
  const page = stage.page([line]);
  const delivered = await attempt(watched().worker.deliverPage, { page });
  await rewrite(line, '#0000ff');
  const { worker, shown } = watched();
  await attempt(worker.publishPage, toPublish(page, delivered));
  expect(shown).toEqual([null]);
});
