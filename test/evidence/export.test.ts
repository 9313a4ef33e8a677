import { join } from 'node:path';
import { exportReceipts, type ExportOptions } from '../../src/evidence';
import { booksIn, oldLine, receiptInput, stateDirectory, writeLines } from './support';

const state = stateDirectory();

async function exported(options: ExportOptions): Promise<string> {
  let text = '';
  for await (const piece of exportReceipts(state.path(), options)) text += piece;
  return text;
}

beforeEach(async () => {
  await writeLines(join(state.path(), 'receipts', '2026-01.jsonl'), [oldLine('old'), '{"type":"rec', '[]']);
  const books = booksIn(state.path());
  const first = receiptInput('a');
  const grown = { ...first, receipt: { ...first.receipt, fetchedTo: '/in/plan.jpg' } };
  const other = receiptInput('b', '2026-04-01T00:00:00.000Z');
  const named = { ...other, receipt: { ...other.receipt, by: 'eve@lap', why: '=HYPERLINK("x")', caption: '' } };
  await books.keepReceipts([first]);
  await books.keepReceipts([grown]);
  await books.keepReceipts([named]);
  await books.close();
});

test('The last of several lines about one receipt counts, and a receipt is as a command prints it.', async () => {
  const rows = (await exported({ format: 'jsonl' }))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(rows).toHaveLength(3);
  expect(rows[1]).toEqual({ type: 'receipt', v: 1, ...receiptInput('a').receipt, fetchedTo: '/in/plan.jpg' });
});

test('Only what ended since a moment is exported.', async () => {
  const sinceMs = Date.parse('2026-04-01T00:00:00Z');
  expect((await exported({ format: 'jsonl', sinceMs })).trimEnd().split('\n')).toHaveLength(1);
});

test('CSV quotes what needs quotes, and a text that a spreadsheet would run does not stay one.', async () => {
  const lines = (await exported({ format: 'csv' })).split('\r\n');
  expect(lines[0]).toMatch(/^transferId,startedAt,finishedAt,by,why,account,/);
  expect(lines[1]).toContain('"a ""line""\nand another"');
  expect(lines[3]).toContain(`b,2026-04-01T00:00:00.000Z,2026-04-01T00:00:00.000Z,eve@lap,"'=HYPERLINK(""x"")",acme`);
  expect(lines.at(-1)).toBe('');
});
