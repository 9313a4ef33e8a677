import { shiftableClock } from './clock';
import { attempt, openStage, toPublish, type Stage } from './stage';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test('A page is delivered and published: a message for each line, in the order of the lines.', async () => {
  const { deliverPage, publishPage } = stage.worker();
  const lines = await stage.lines(20, 'plain');
  const page = stage.page(lines);
  const delivered = await attempt(deliverPage, { page });
  expect(delivered.settled).toEqual([]);
  expect(delivered.delivered.map(({ line }) => line.line)).toEqual(lines.map(({ line }) => line));
  const published = await attempt(publishPage, toPublish(page, delivered));
  expect(published).toMatchObject({ left: [], opened: delivered.opened });
  expect(published.settled.map(({ line, state }) => ({ line, state }))).toEqual(
    lines.map(({ line }) => ({ line, state: 'done' })),
  );
  const sequences = published.settled.map(({ sequence }) => sequence ?? -1);
  expect(sequences).toEqual(sequences.toSorted((one, other) => one - other));
  const messages = (await stage.view.messages()).filter(({ contentType }) => contentType === 'hosted/file');
  const there = messages.map(({ sequence, relativePath }) => ({ sequence, relativePath }));
  expect(there).toEqual(published.settled.map(({ sequence, relativePath }) => ({ sequence, relativePath })));
});

test('The preview is made of the file that was delivered, also where the manifest knew another inode.', async () => {
  const previews: unknown[] = [];
  // Another process has no preview that the inspection made.
  const { deliverPage } = stage.worker();
  const { publishPage } = stage.worker((deps) => {
    const session: typeof deps.consumers.session = (identity, token) => {
      const real = deps.consumers.session(identity, token);
      const publishFile: typeof real.publishFile = (request) => {
        previews.push(request.preview);
        return real.publishFile(request);
      };
      return Object.assign(Object.create(real) as typeof real, { publishFile });
    };
    return { ...deps, consumers: Object.assign(Object.create(deps.consumers) as typeof deps.consumers, { session }) };
  });
  // A second host has a copy of the file, and a writer may have replaced it since the manifest was made.
  const lines = (await stage.lines(1, 'copied')).map((line) => ({ ...line, inode: line.inode + 1 }));
  const page = stage.page(lines);
  await attempt(publishPage, toPublish(page, await attempt(deliverPage, { page })));
  expect(previews).toEqual([expect.stringMatching(/^data:image/)]);
});

test('What was sent before is skipped, with the facts of its receipt.', async () => {
  const { deliverPage, publishPage } = stage.worker();
  const lines = await stage.lines(3, 'twice');
  const page = stage.page(lines);
  const first = await attempt(publishPage, toPublish(page, await attempt(deliverPage, { page })));
  const again = stage.page(lines.map((line) => ({ ...line, transferId: `${line.transferId}-again` })));
  const result = await attempt(deliverPage, { page: again });
  expect(result).toMatchObject({ opened: null, delivered: [] });
  const facts = ({ line, sequence, relativePath, md5 }: (typeof first.settled)[number]) => [
    line,
    sequence,
    relativePath,
    md5,
  ];
  expect(result.settled.map(facts)).toEqual(first.settled.map(facts));
  expect(result.settled.map(({ state }) => state)).toEqual(['skipped', 'skipped', 'skipped']);
});

test('A receipt says when its transfer began: before the file was read, however long its message waited.', async () => {
  const { deliverPage, publishPage, deps } = stage.worker();
  const lines = await stage.lines(1, 'begun');
  const page = stage.page(lines);
  const delivered = await attempt(deliverPage, { page });
  const deliveredAt = Date.now();
  const clock = shiftableClock();
  try {
    clock.shift(60_000);
    await attempt(publishPage, toPublish(page, delivered));
  } finally {
    clock.restore();
  }
  const { receipts } = await deps.ledger.ofTransfer(lines[0]?.transferId ?? '');
  expect(Date.parse(receipts[0]?.startedAt ?? '')).toBeLessThanOrEqual(deliveredAt);
});
