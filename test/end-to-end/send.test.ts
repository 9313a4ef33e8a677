import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openMachine, type Document, type Machine, type Up } from './machine';
import { PNG, writeJpeg } from './pictures';

let machine: Machine;
let up: Up;

beforeAll(async () => {
  machine = await openMachine();
  up = await machine.up();
}, 120_000);
afterAll(() => machine.close());

async function fileMessages(): Promise<Document[]> {
  return (await up.page('messages')).filter(({ contentType }) => contentType === 'hosted/file');
}

function receipts(documents: readonly Document[]): Document[] {
  return documents.filter(({ type }) => type === 'receipt');
}

async function folder(name: string): Promise<string> {
  const path = join(machine.directory, name);
  await mkdir(path);
  return path;
}

test('Two files go out and come back equal; the same command again sends nothing, --again does, a changed file is another transfer.', async () => {
  const home = await folder('two-files');
  const jpeg = await writeJpeg(join(home, 'a.jpg'));
  const png = join(home, 'b.png');
  await writeFile(png, PNG);
  const send = ['send', jpeg, png, '--fetch-to', join(home, 'out'), '--json'];

  const first = await machine.ferry(send);
  expect(first).toMatchObject({ code: 0 });
  expect(receipts(first.documents)).toHaveLength(2);
  expect(await readFile(join(home, 'out/a.jpg'))).toEqual(await readFile(jpeg));
  expect(await readFile(join(home, 'out/b.png'))).toEqual(PNG);
  const messages = await fileMessages();
  expect(messages).toHaveLength(2);
  expect(new Set(messages.map(({ conversationId }) => conversationId)).size).toBe(1);

  const second = await machine.ferry(send);
  expect(second.code).toBe(0);
  const ids = (documents: readonly Document[]) =>
    receipts(documents)
      .map(({ transferId }) => transferId as string)
      .toSorted();
  expect(ids(second.documents)).toEqual(ids(first.documents));
  expect(receipts(second.documents).map(({ repeated }) => repeated)).toEqual([true, true]);
  expect(await fileMessages()).toHaveLength(2);

  const again = await machine.ferry(['send', jpeg, png, '--again', '--json']);
  expect(again.code).toBe(0);
  expect(await fileMessages()).toHaveLength(4);

  await utimes(jpeg, new Date(), new Date(Date.now() + 5000));
  const changed = await machine.ferry(['send', jpeg, '--json']);
  expect(ids(changed.documents)).not.toEqual(ids(first.documents).filter((id) => id.includes('-a-')));
  expect(await fileMessages()).toHaveLength(5);
});

test('What a receipt says is what lies in storage and in the conversation.', async () => {
  const path = await writeJpeg(join(await folder('receipt'), 'plan.jpg'), 50_000);
  const { documents } = await machine.ferry(['send', path, '--caption', 'der Plan, schön', '--json']);
  const [receipt] = receipts(documents);
  expect(receipt).toMatchObject({
    v: 1,
    caption: 'der Plan, schön',
    fileType: 'JPG',
    sizeBytes: 50_000,
    bytesSent: 50_000,
    repeated: false,
  });
  const { relativePath, md5, sizeBytes, conversationId, sequence, caption } = receipt!;
  expect(await up.page('objects')).toContainEqual({ relativePath, md5, sizeBytes });
  expect(await fileMessages()).toContainEqual(
    expect.objectContaining({ relativePath, conversationId, sequence, caption }),
  );
});

test.each([
  ['the property', 'property'],
  ['the creation of the conversation', 'request:cm.ConsumerRequestConversation'],
  ['the PUT', 'put'],
  ['the publish', 'request:ms.PublishEvent'],
])(
  'An answer to %s that is lost doubles nothing.',
  async (_what, at) => {
    const own = await openMachine();
    try {
      const sandboxed = await own.up();
      await sandboxed.fault(at, 'drop-after', 1);
      const path = await writeJpeg(join(own.directory, 'lost.jpg'));
      expect(await own.ferry(['send', path, '--json'])).toMatchObject({ code: 0 });
      const messages = (await sandboxed.page('messages')).filter(({ contentType }) => contentType === 'hosted/file');
      expect(messages).toHaveLength(1);
      expect(await sandboxed.page('conversations')).toHaveLength(1);
      expect(await sandboxed.page('objects')).toHaveLength(1);
      const puts = (await sandboxed.page('requests')).filter(
        ({ method, path: p }) => method === 'PUT' && String(p).startsWith('/v1/'),
      );
      expect(puts).toHaveLength(1);
    } finally {
      await own.close();
    }
  },
  120_000,
);
