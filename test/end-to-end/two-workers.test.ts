import { join } from 'node:path';
import { waitFor } from '../support/wait-for';
import { openMachine, type Machine, type Up } from './machine';
import { writeJpeg } from './pictures';

let machine: Machine;
let up: Up;

beforeAll(async () => {
  machine = await openMachine();
  up = await machine.up();
}, 120_000);
afterAll(() => machine.close());

test('Two transfers of one new consumer at the same moment, on two workers, go into one conversation.', async () => {
  void machine.ferry(['worker', '--host-id', 'second']);
  await waitFor(async () => {
    const { stdout } = await machine.ferry(['status', '--json']);
    return stdout.includes('second') ? true : undefined;
  }, 30_000);
  const files = await Promise.all(['one.jpg', 'two.jpg'].map((name) => writeJpeg(join(machine.directory, name))));
  const sends = [
    machine.ferry(['send', files[0]!, '--consumer', 'newcomer', '--json']),
    machine.ferry(['send', files[1]!, '--consumer', 'newcomer', '--host', 'second', '--json']),
  ];
  const outcomes = await Promise.all(sends);
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
  const receipts = outcomes.map(({ documents }) => documents[0]!);
  expect(receipts.map(({ host }) => host as string).toSorted()[1]).not.toBe(
    receipts.map(({ host }) => host as string).toSorted()[0],
  );
  expect(new Set(receipts.map(({ conversationId }) => conversationId)).size).toBe(1);
  expect(await up.page('conversations')).toHaveLength(1);
}, 120_000);

test('A transfer for a host without a worker waits, and says so within 10 s.', async () => {
  const path = await writeJpeg(join(machine.directory, 'three.jpg'));
  const { documents } = await machine.ferry(['send', path, '--host', 'nowhere', '--detach', '--json']);
  const begun = performance.now();
  const { status, askedAt } = await waitFor(async () => {
    const askedAt = performance.now();
    const now = await machine.ferry(['status', documents[0]!['transferId'] as string, '--json']);
    return now.documents[0]!['state'] === 'waiting' ? { status: now.documents[0], askedAt } : undefined;
  });
  expect(status).toMatchObject({ error: { code: 'NO_WORKER' } });
  expect(askedAt - begun).toBeLessThan(10_000);
}, 120_000);
