import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../support/wait-for';
import { killNow, openMachine, type Document, type Machine, type Up } from './machine';
import { writeJpeg } from './pictures';

const BIG = 200 * 1024 * 1024;

let machine: Machine;
beforeEach(async () => {
  machine = await openMachine();
});
afterEach(() => machine.close());

async function fileMessages(up: Up): Promise<Document[]> {
  return (await up.page('messages')).filter(({ contentType }) => contentType === 'hosted/file');
}

/** Resolves when the PUT is well under way: the sandbox has some of the bytes on its disk, and not all. */
async function midUpload({ stateDir }: Machine): Promise<void> {
  const incoming = join(stateDir, 'sandbox/incoming');
  await waitFor(async () => {
    for (const name of await readdir(incoming)) {
      const found = await stat(join(incoming, name)).catch(() => null);
      if (found !== null && found.size > BIG / 20 && found.size < BIG) return true;
    }
    return undefined;
  }, 60_000);
}

async function startBig(machine: Machine): Promise<{ path: string; transferId: string }> {
  const path = await writeJpeg(join(machine.directory, 'big.jpg'), BIG);
  const { documents, code } = await machine.ferry([
    'send',
    path,
    '--detach',
    '--fetch-to',
    join(machine.directory, 'out'),
    '--json',
  ]);
  expect(code).toBe(0);
  return { path, transferId: documents[0]!['transferId'] as string };
}

test('A link that expires while the line is slow is renewed: one message, no failed attempt.', async () => {
  const up = await machine.up('--url-life', '2');
  await up.fault('put', { delayMs: 2500 }, 1);
  const path = await writeJpeg(join(machine.directory, 'slow.jpg'));
  const { code, documents, stderr } = await machine.ferry(['send', path, '--json']);
  expect(code).toBe(0);
  expect(documents[0]!['urlRenewals']).toBeGreaterThanOrEqual(1);
  expect(stderr).not.toMatch(/retry [0-9]|attempt [2-9]/i);
  expect(await fileMessages(up)).toHaveLength(1);
}, 120_000);

test('kill -9 of the worker in mid-upload: a new worker finishes, bytes equal, one message.', async () => {
  const up = await machine.up('--max-bytes', String(2 * BIG));
  const { path, transferId } = await startBig(machine);
  await midUpload(machine);
  killNow(up.workerPid());
  const { code, documents } = await machine.ferry(['watch', transferId, '--json']);
  expect(code).toBe(0);
  expect(documents.at(-1)).toMatchObject({ type: 'receipt', sizeBytes: BIG });
  expect((await readFile(join(machine.directory, 'out/big.jpg'))).equals(await readFile(path))).toBe(true);
  expect(await fileMessages(up)).toHaveLength(1);
}, 180_000);

test('kill -9 of everything, then up again on the same state: the transfer is done, bytes equal, one message.', async () => {
  const first = await machine.up('--max-bytes', String(2 * BIG));
  const { path, transferId } = await startBig(machine);
  await midUpload(machine);
  await first.killAll();
  const second = await machine.up('--max-bytes', String(2 * BIG));
  const { code } = await machine.ferry(['watch', transferId, '--json']);
  expect(code).toBe(0);
  expect((await readFile(join(machine.directory, 'out/big.jpg'))).equals(await readFile(path))).toBe(true);
  expect(await fileMessages(second)).toHaveLength(1);
}, 180_000);
