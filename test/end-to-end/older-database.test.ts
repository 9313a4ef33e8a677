/** What was sent stays sent: whatever becomes of Temporal's database, of a file's name, size and time, or of its host. */
import { cp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../support/wait-for';
import { openMachine, type Document, type Machine, type Up } from './machine';
import { writeJpeg } from './pictures';
import { MODIFIED_AT } from './under-way';

let machine: Machine;
beforeAll(async () => {
  machine = await openMachine();
}, 60_000);
afterAll(() => machine.close());

const database = (): string => join(machine.stateDir, 'temporal');

/** As a backup takes it: a state in which the database really was. */
async function copyDatabase({ info }: Up, to: string): Promise<void> {
  const pid = info.pids.temporal;
  process.kill(pid, 'SIGSTOP');
  try {
    await cp(database(), to, { recursive: true });
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

/** Ends all at once, puts the copy back and starts all again. */
async function restore(up: Up, copy: string): Promise<Up> {
  await up.killAll();
  await rm(database(), { recursive: true });
  await cp(copy, database(), { recursive: true });
  return await machine.up();
}

/** Waits until the newest transfer is in this step, and its service has not answered it yet. */
async function inStep(step: string): Promise<void> {
  await waitFor(async () => {
    const [newest] = (await machine.ferry(['list', '--running', '--limit', '1', '--json'])).documents;
    if (newest === undefined) return undefined;
    const [status] = (await machine.ferry(['status', newest['transferId'] as string, '--json'])).documents;
    return status!['step'] === step ? true : undefined;
  }, 30_000);
}

/** Files that are in the conversations. */
async function filesSent(up: Up): Promise<number> {
  return (await up.page('messages')).filter(({ relativePath }) => typeof relativePath === 'string').length;
}

async function send(file: string, ...more: readonly string[]): Promise<Document> {
  const { code, documents, stderr } = await machine.ferry(['send', file, '--json', ...more]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(documents).toHaveLength(1);
  return documents[0]!;
}

interface Moment {
  /** What is held in which step, so that the copy can be taken there. */
  readonly held?: { readonly at: string; readonly step: string };
  readonly flags?: (directory: string) => readonly string[];
}

/** Long enough to ask for the step and to copy the database. */
const HELD_MS = 6000;

const MOMENTS: readonly (readonly [string, Moment])[] = [
  ['before upload', { held: { at: 'put', step: 'upload' } }],
  ['after upload', { held: { at: 'request:ms.PublishEvent', step: 'publish' } }],
  ['after publish', { held: { at: 'get', step: 'fetch' }, flags: (directory) => ['--fetch-to', directory] }],
  ['after close', {}],
];

test.each(MOMENTS)(
  'A database from %s publishes nothing again.',
  async (name, { held, flags }) => {
    const file = await writeJpeg(join(machine.directory, `${name}.jpg`));
    const copy = join(machine.directory, `copy ${name}`);
    const up = await machine.up();
    const before = await filesSent(up);
    if (held !== undefined) await up.fault(held.at, { delayMs: HELD_MS }, 1);
    const sending = send(file, ...(flags?.(machine.directory.concat('/back')) ?? []));
    if (held === undefined) await sending;
    else await inStep(held.step);
    await copyDatabase(up, copy);
    const sent = await sending;
    expect(sent).toMatchObject({ repeated: false });

    const again = await restore(up, copy);
    const receipt = await send(file);
    expect(receipt).toMatchObject({ repeated: true, relativePath: sent['relativePath'], sequence: sent['sequence'] });
    expect(await filesSent(again)).toBe(before + 1);
    await again.stop();
  },
  120_000,
);

describe('On a database that goes on', () => {
  let up: Up;
  beforeAll(async () => {
    up = await machine.up();
  }, 60_000);
  afterAll(() => up.stop());

  /** Temporal without any of its executions, as it is when their retention time has passed. */
  async function forgetAll(): Promise<void> {
    await up.stop();
    await rm(database(), { recursive: true });
    up = await machine.up();
  }

  test('a send that Temporal has forgotten is known by the ledger: nothing is uploaded.', async () => {
    const file = await writeJpeg(join(machine.directory, 'long ago.jpg'));
    await send(file);
    await forgetAll();
    const uploads = async (): Promise<number> =>
      (await up.page('requests')).filter(({ method }) => method === 'PUT').length;
    const before = { uploads: await uploads(), files: await filesSent(up) };
    const { code, stdout } = await machine.ferry(['send', file]);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('already sent') as string });
    expect({ uploads: await uploads(), files: await filesSent(up) }).toEqual(before);
  }, 60_000);

  test('a transfer that Temporal has forgotten is told from the ledger of the host.', async () => {
    const file = await writeJpeg(join(machine.directory, 'forgotten.jpg'));
    const { transferId, sequence, finishedAt } = await send(file);
    await forgetAll();
    const id = String(transferId);
    const status = await machine.ferry(['status', id, '--json']);
    const receipt = expect.objectContaining({ sequence, finishedAt }) as unknown;
    expect(status.documents).toEqual([
      expect.objectContaining({ type: 'status', transferId, state: 'done', from: 'ledger', receipt }),
    ]);
    const words = await machine.ferry(['status', id]);
    expect(words.stdout).toMatch(new RegExp(`message ${String(sequence)}[^]*note +from the ledger of host`));
    const watched = await machine.ferry(['watch', id]);
    expect([watched.code, watched.stderr]).toEqual([0, expect.stringContaining('from the ledger of host')]);
    expect((await machine.ferry(['status', `${id}x`])).code).toBe(2);
  }, 60_000);

  test('other bytes of the same size and time are sent, once.', async () => {
    const file = join(machine.directory, 'report.jpg');
    const write = async (): Promise<void> => {
      await writeJpeg(file, 3000);
      await utimes(file, MODIFIED_AT, MODIFIED_AT);
    };
    await write();
    const monday = await send(file);
    await write();
    const tuesday = await send(file);
    expect(tuesday).toMatchObject({ repeated: false });
    expect(tuesday['md5']).not.toBe(monday['md5']);
    await expect(send(file)).resolves.toMatchObject({ repeated: true, md5: tuesday['md5'] });
  }, 60_000);

  test('a file that was rewritten on another host is sent, once, and an unchanged one is not.', async () => {
    const file = await writeJpeg(join(machine.directory, 'elsewhere.jpg'));
    const host = (await readFile(join(machine.stateDir, 'host-id'), 'utf8')).trim();
    const sendThere = async (): Promise<Document> => {
      const words = ['send', file, '--host', host, '--json'];
      const { code, documents } = await machine.ferry(words, { env: { FERRY_HOST_ID: 'here' } });
      expect(code).toBe(0);
      return documents[0]!;
    };
    const before = await filesSent(up);
    const first = await sendThere();
    await expect(sendThere()).resolves.toMatchObject({ repeated: true, relativePath: first['relativePath'] });
    expect(await filesSent(up)).toBe(before + 1);
    await writeJpeg(file);
    const second = await sendThere();
    expect(second).toMatchObject({ repeated: false });
    await expect(sendThere()).resolves.toMatchObject({ repeated: true, relativePath: second['relativePath'] });
    expect(await filesSent(up)).toBe(before + 2);
  }, 60_000);

  test('a damaged ledger holds publishes up until it is rebuilt.', async () => {
    await up.stop();
    await rm(join(machine.stateDir, 'ledger'), { recursive: true });
    await writeFile(join(machine.stateDir, 'ledger'), 'a file where the directory should be');
    up = await machine.up();
    const file = await writeJpeg(join(machine.directory, 'held.jpg'));
    const { documents } = await machine.ferry(['send', file, '--detach', '--json']);
    const transferId = documents[0]!['transferId'] as string;
    await waitFor(async () => {
      const [status] = (await machine.ferry(['status', transferId, '--json'])).documents;
      return (status!['error'] as Document | null)?.['code'] === 'LEDGER_UNAVAILABLE' ? true : undefined;
    }, 30_000);
    await rm(join(machine.stateDir, 'ledger'));
    expect((await machine.ferry(['ledger', 'rebuild'])).code).toBe(0);
    expect((await machine.ferry(['watch', transferId])).code).toBe(0);
  }, 90_000);
});
