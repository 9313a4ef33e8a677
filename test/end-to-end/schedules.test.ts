/** A schedule over an absence of everything: what is counted, what people are told, and what is sent afterwards. */
import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openReceiver, type Receiver } from '../notify/receiver';
import { waitFor } from '../support/wait-for';
import { openMachine, type Machine } from './machine';
import { writeJpeg } from './pictures';

let machine: Machine;
let receiver: Receiver;

beforeAll(async () => {
  machine = await openMachine();
  receiver = await openReceiver();
}, 60_000);

afterAll(async () => {
  await machine.close();
  await receiver.close();
});

const ferry = async (...words: readonly string[]) => (await machine.ferry([...words, '--json'])).documents;
const listed = async () => (await ferry('schedule', 'list'))[0] ?? {};

/** With runs every 10 s that may be 10 s late, an absence of this length misses at least one. */
const ABSENCE_MS = 25_000;

test('Runs that are missed while everything is away are counted and told, and the next run sends what has come.', async () => {
  const inbox = join(machine.directory, 'in');
  await mkdir(inbox);
  const first = await machine.up();
  const times = ['--every', '10s', '--catch-up', '10s', '--settle', '1s'];
  await machine.ferry(['schedule', 'add', 'inbox', ...times, '--', inbox]);
  const secret = join(machine.stateDir, 'ops.secret');
  await writeFile(secret, `whsec_${randomBytes(24).toString('base64')}\n`, { mode: 0o600 });
  const to = `url = "${receiver.url}"\nsecretFile = "${secret}"\nprivateHosts = ["127.0.0.1"]\n`;
  const notify = `\n[[notify]]\nname = "ops"\n${to}`;
  await appendFile(join(machine.stateDir, 'ferry.toml'), notify, { mode: 0o600 });
  await first.killAll();
  const back = Date.now() + ABSENCE_MS;
  await writeJpeg(join(inbox, 'late.jpg'));
  await waitFor(() => (Date.now() > back ? true : undefined), 2 * ABSENCE_MS);

  const second = await machine.up();
  const told = await waitFor(() => receiver.got.find(({ body }) => body.includes('ferry.scheduleMissed')), 30_000);
  const { data } = JSON.parse(told.body) as { data: { ids: string[]; account: string; text: string } };
  expect(data).toMatchObject({ account: 'sandbox', ids: ['inbox'], text: expect.stringContaining('missed') as string });
  expect(await listed()).toMatchObject({ name: 'inbox', state: 'active', missed: expect.any(Number) as number });
  expect((await listed())['missed']).toBeGreaterThan(0);
  expect((await ferry('status'))[0]!['schedules']).toMatchObject({ active: 1 });

  const sent = async () => (await second.page('messages')).filter(({ relativePath }) => relativePath !== undefined);
  await waitFor(async () => ((await sent()).length === 1 ? true : undefined), 30_000);

  await ferry('schedule', 'pause', 'inbox', '--by', 'ann', '--why', 'storage moves');
  await ferry('schedule', 'remove', 'inbox', '--by', 'ann');
  const entries = (await auditEntries()).filter(({ schedule }) => schedule === 'inbox');
  expect(entries.map(({ action }) => action)).toEqual(['addSchedule', 'pauseSchedule', 'removeSchedule']);
  expect(entries[1]).toMatchObject({ by: 'ann', why: 'storage moves' });
  expect((await machine.ferry(['receipts', 'verify'])).code).toBe(0);
}, 150_000);

async function auditEntries(): Promise<Record<string, unknown>[]> {
  const directory = join(machine.stateDir, 'audit');
  const months = (await readdir(directory)).filter((name) => name.endsWith('.jsonl'));
  const texts = await Promise.all(months.map((name) => readFile(join(directory, name), 'utf8')));
  return texts.flatMap((text) => text.trim().split('\n')).map((line) => JSON.parse(line) as Record<string, unknown>);
}
