/** `ferry job start` as far as it goes without Temporal: what is refused, and what a dry run says. */
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../src/cli/program/run';
import { openLedger } from '../../../src/ledger';
import { jpeg } from '../../jobs/manifest-support';
import { keptOf, ownDirectory } from '../../ledger/support';
import { documents, fakeIo } from '../support/fake-io';

const own = ownDirectory();
const at = (name: string): string => join(own.path(), name);

const CONFIG = `defaultAccount = "acme"
[accounts.acme]
accountId = "12345678"
consumer = { mode = "signup", name = "ops" }
[accounts.acme.files]
maxBytes = 1000
`;

async function start(...words: readonly string[]) {
  await writeFile(at('acme.toml'), CONFIG);
  const env = { HOME: own.path(), FERRY_HOST_ID: 'desk', FERRY_STATE: at('state') };
  const io = fakeIo({ cwd: own.path(), env });
  const code = await run(['job', 'start', ...words, '--config', 'acme.toml'], io);
  return { code, io };
}

/** 1,000 lines, of which 37 are bad in nine ways. */
async function badManifest(): Promise<string> {
  await writeFile(at('empty.jpg'), '');
  await writeFile(at('large.jpg'), jpeg('large', 1001));
  await writeFile(at('text.jpg'), 'hello');
  await mkdir(at('directory'));
  const bad = [
    ...Array.from({ length: 5 }, (_, index) => `none-${index}.jpg,`),
    ...Array.from({ length: 4 }, () => 'empty.jpg,'),
    ...Array.from({ length: 4 }, () => 'large.jpg,'),
    ...Array.from({ length: 4 }, () => 'text.jpg,'),
    ...Array.from({ length: 4 }, () => 'directory,'),
    ...Array.from({ length: 4 }, () => ',a caption'),
    ...Array.from({ length: 4 }, () => '0.jpg,a,b'),
    ...Array.from({ length: 4 }, (_, index) => `${index}.jpg,{what}`),
    ...Array.from({ length: 4 }, (_, index) => `./${index}.jpg,`),
  ];
  const good = Array.from({ length: 963 }, (_, index) => `${index}.jpg,`);
  for (const [index] of good.entries()) await writeFile(at(`${index}.jpg`), jpeg(String(index)));
  return `source,caption\n${[...good.slice(0, 500), ...bad, ...good.slice(500)].join('\n')}\n`;
}

test('Of 1,000 lines all 37 bad ones are told at once and nothing is kept; a dry run counts the 963.', async () => {
  await writeFile(at('m.csv'), await badManifest());
  const refused = await start('m.csv', '--json');
  const errors = documents(refused.io).map(({ error }) => error as { line: number; code: string });
  expect(refused.code).toBe(2);
  expect(errors.map(({ line }) => line)).toEqual(Array.from({ length: 37 }, (_, index) => 502 + index));
  expect(new Set(errors.map(({ code }) => code)).size).toBe(7);
  expect(refused.io.err()).toContain('Nothing was sent: 37 of 1,000 lines refused. --skip-bad sends the rest.');
  expect(await readdir(own.path())).not.toContain('state');

  const dry = await start('m.csv', '--skip-bad', '--dry-run', '--json');
  const last = documents(dry.io).at(-1);
  expect(dry.code).toBe(3);
  expect(last).toMatchObject({
    type: 'job',
    dryRun: true,
    lines: 1000,
    wouldSend: { files: 963, bytes: 96_300 },
    wouldSkip: { files: 0 },
    wouldRefuse: { lines: 37 },
  });
  const lines = documents(dry.io).filter(({ type }) => type === 'line');
  expect(lines.filter(({ would }) => would === 'refuse')).toHaveLength(37);
}, 30_000);

test('A manifest in a pipe is refused at once, with or without a writer.', async () => {
  execFileSync('mkfifo', [at('pipe')]);
  const { code, io } = await start('pipe', '--dry-run');
  expect([code, io.err()]).toEqual([2, expect.stringContaining('pipe is a pipe. Write the manifest to a file first.')]);
});

test('A dry run of a manifest with a wrong header sends nothing, although a line is good.', async () => {
  await writeFile(at('0.jpg'), jpeg('0'));
  await writeFile(at('m.csv'), 'source,source\n0.jpg,0.jpg\n');
  const { code, io } = await start('m.csv', '--dry-run', '--json');
  expect(code).toBe(2);
  expect(documents(io).filter(({ type }) => type !== 'error')).toMatchObject([
    { type: 'job', dryRun: true, wouldSend: { files: 0, bytes: 0 } },
  ]);
  expect(io.err()).toContain('nothing to send, because the manifest is refused');
});

test('A dry run says what was sent already.', async () => {
  await writeFile(at('a.jpg'), jpeg('a'));
  await writeFile(at('b.jpg'), jpeg('b'));
  await writeFile(at('m.csv'), 'source\na.jpg\nb.jpg\n');
  const first = await start('m.csv', '--dry-run', '--json');
  const [line] = documents(first.io) as [{ sendKey: string }];
  const ledger = openLedger(join(at('state'), 'ledger'));
  await ledger.keep({ ...keptOf('t1'), sendKey: line.sendKey });
  await ledger.close();
  const { code, io } = await start('m.csv', '--dry-run');
  expect(code).toBe(0);
  expect(io.out()).toMatch(/^would skip \(sent already\) \S+a\.jpg .*\nwould send \S+b\.jpg .*\n$/);
  expect(io.err()).toContain('1 file to send, 100 bytes; 1 file sent already, 100 bytes. Nothing was started.');
});

test.each([
  [['none.csv']],
  [['.', '--account', 'nobody']],
  [['.', '--order', 'date']],
  [['.', '--lanes', '65']],
  [['.', '--glob', '']],
  [['']],
])('ferry job start %p is refused with exit 2.', async (words) => {
  await expect(start(...words)).resolves.toMatchObject({ code: 2 });
});
