/** What somebody can do who reaches the Temporal of a `ferry up` and has not its key: another user of the machine. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { COMMAND, SHARED_QUEUE, VIEW_QUERY, WORKFLOW } from '../../src/contract';
import { textsIn } from '../support/texts-in';
import { waitFor } from '../support/wait-for';
import { openMachine, type Machine, type Up } from './machine';
import { writeJpeg } from './pictures';

let machine: Machine;
let up: Up;
let connection: Connection;
/** The stranger's. */
let client: Client;
let picture: string;

beforeAll(async () => {
  machine = await openMachine();
  up = await machine.up();
  connection = await Connection.connect({ address: up.info.temporalAddress });
  client = new Client({ connection, namespace: up.info.namespace });
  picture = await writeJpeg(join(machine.directory, 'private-plan.jpg'));
}, 120_000);
afterAll(async () => {
  await connection.close();
  await machine.close();
});

const CLOSE_EVENT = temporal.api.enums.v1.HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;
beforeEach(() => fetch(`${up.info.sandboxUrl}/_sandbox/faults`, { method: 'DELETE' }));

const identity = { account: 'sandbox', consumer: 'ops' };

/** The code with which a workflow failed, as it stands in its last event for everybody to read. */
async function endOf(workflowId: string): Promise<string | null | undefined> {
  const { history } = await connection.workflowService.getWorkflowExecutionHistory({
    namespace: up.info.namespace,
    execution: { workflowId },
    waitNewEvent: true,
    historyEventFilterType: CLOSE_EVENT,
  });
  return history?.events?.at(-1)?.workflowExecutionFailedEventAttributes?.failure?.applicationFailureInfo?.type;
}

/** Starts a workflow with exactly these payloads, as they are on the wire. */
async function startRaw(workflowId: string, type: string, payloads: readonly Payload[]): Promise<void> {
  await connection.workflowService.startWorkflowExecution({
    namespace: up.info.namespace,
    workflowId,
    workflowType: { name: type },
    taskQueue: { name: SHARED_QUEUE },
    input: { payloads: [...payloads] },
    requestId: randomUUID(),
  });
}

async function eventsOf(workflowId: string): Promise<readonly temporal.api.history.v1.IHistoryEvent[]> {
  return (await client.workflow.getHandle(workflowId).fetchHistory()).events ?? [];
}

const messages = async (): Promise<number> => (await up.page('messages')).length;

async function send(...more: readonly string[]): Promise<string> {
  const { documents } = await machine.ferry(['send', picture, '--again', '--json', ...more]);
  return documents[0]?.['transferId'] as string;
}

const statusOf = async (id: string) => (await machine.ferry(['status', id, '--json'])).documents[0]!;

test('A transfer, a fetch and a consumer that a stranger starts fail at once, and nothing is read, written or sent', async () => {
  const before = [await messages(), (await up.page('requests')).length];
  const target = join(machine.directory, 'written-by-a-stranger');
  const common = { ...identity, host: 'any', deadlineMs: 60_000 };
  const source = { path: picture, sizeBytes: null, mtimeMs: null, inode: null };
  const more = { conversationId: null, caption: '', fetchTo: null, verify: false };
  const inputs = {
    [WORKFLOW.transfer]: { ...common, ...more, source },
    [WORKFLOW.fetch]: { ...common, relativePath: '/v1/AUTH_x/y.JPG', target, expected: null, of: null },
    [WORKFLOW.consumer]: { ...identity, token: null, conversation: null },
  };
  for (const [type, input] of Object.entries(inputs)) {
    const workflowId = `stranger-${type}`;
    const args = [{ transferId: workflowId, ...input, for: type }];
    await client.workflow.start(type, { workflowId, taskQueue: SHARED_QUEUE, args });
    expect(await endOf(workflowId)).toBe('INPUT_REFUSED');
  }
  expect(existsSync(target)).toBe(false);
  expect([await messages(), (await up.page('requests')).length]).toEqual(before);
  const list = await machine.ferry(['list', '--json']);
  const refused = list.documents.filter(({ transferId }) => String(transferId).startsWith('stranger-'));
  expect(refused.map(({ error }) => error.code)).toEqual(['INPUT_REFUSED', 'INPUT_REFUSED']);
});

test('What was recorded of a transfer starts nothing else: neither under another id, nor as another workflow', async () => {
  const id = await send();
  const sent = await messages();
  const events = await eventsOf(id);
  const start = events[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  await startRaw('copied', WORKFLOW.transfer, start);
  expect(await endOf('copied')).toBe('INPUT_REFUSED');
  const recorded = events.flatMap(
    ({ activityTaskScheduledEventAttributes: scheduled, activityTaskCompletedEventAttributes: completed }) =>
      scheduled?.input?.payloads ?? completed?.result?.payloads ?? [],
  );
  expect(recorded.length).toBeGreaterThan(5);
  for (const type of [WORKFLOW.fetch, WORKFLOW.consumer]) {
    for (const payload of [...start, ...recorded]) {
      await startRaw(id, type, [payload]);
      expect(await endOf(id)).toBe('INPUT_REFUSED');
    }
  }
  for (const payload of recorded) {
    await startRaw(id, WORKFLOW.transfer, [payload]);
    expect(await endOf(id)).toBe('INPUT_REFUSED');
  }
  expect(await messages()).toBe(sent);
}, 120_000);

test('A transfer under way takes no command of a stranger, tells him nothing, and ends with one message', async () => {
  await up.fault('put', { status: 503 });
  const before = await messages();
  const id = await send('--detach');
  await waitFor(async () => ((await statusOf(id))['state'] === 'waiting' ? true : undefined), 60_000);
  const paused = await machine.ferry(['pause', id, '--json']);
  expect(paused.code).toBe(0);
  const resumed = await machine.ferry(['resume', id, '--json']);
  expect(resumed.code).toBe(0);
  const handle = client.workflow.getHandle(id);

  await handle.signal(COMMAND.pause, { commandId: randomUUID(), for: COMMAND.pause });
  await handle.signal('no-such-signal', 'x');
  const update = handle.executeUpdate(COMMAND.pause, { args: [{ commandId: randomUUID(), for: COMMAND.pause }] });
  // The refusal itself is sealed: he cannot even read why.
  await expect(update).rejects.toThrow('Unknown encoding: binary/ferry-sealed');
  // A pause that was recorded, sent as another command, and as itself.
  const accepted = (await eventsOf(id)).map((event) => event.workflowExecutionUpdateAcceptedEventAttributes);
  const recorded = accepted.find((event) => event?.acceptedRequest?.input?.name === COMMAND.pause);
  for (const signalName of [COMMAND.retry, COMMAND.pause]) {
    await connection.workflowService.signalWorkflowExecution({
      namespace: up.info.namespace,
      workflowExecution: { workflowId: id },
      signalName,
      input: recorded?.acceptedRequest?.input?.args ?? null,
    });
  }
  await expect(handle.query(VIEW_QUERY)).rejects.toThrow('Unknown encoding: binary/ferry-sealed');

  const status = await waitFor(async () => {
    const now = await statusOf(id);
    return JSON.stringify(now['notes'] ?? '').includes('A command was dropped') ? now : undefined;
  }, 30_000);
  expect(['running', 'waiting']).toContain(status['state']);
  await fetch(`${up.info.sandboxUrl}/_sandbox/faults`, { method: 'DELETE' });
  await waitFor(async () => ((await statusOf(id))['state'] === 'done' ? true : undefined), 90_000);
  expect(await messages()).toBe(before + 1);
}, 180_000);

test('An answer that a stranger gives for an activity ends the transfer, and nothing is sent', async () => {
  await up.fault('put', { status: 503 });
  const before = await messages();
  const id = await send('--detach');
  await waitFor(async () => ((await statusOf(id))['state'] === 'waiting' ? true : undefined), 60_000);
  const { pendingActivities } = await connection.workflowService.describeWorkflowExecution({
    namespace: up.info.namespace,
    execution: { workflowId: id },
  });
  const activityId = pendingActivities?.[0]?.activityId ?? '';
  const forged = { relativePath: '/v1/AUTH_x/other.JPG', md5: 'm', sha256: null, urlRenewals: 0, bytesSent: 1 };
  await connection.workflowService.respondActivityTaskCompletedById({
    namespace: up.info.namespace,
    workflowId: id,
    activityId,
    result: {
      payloads: [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(forged)) }],
    },
  });
  const end = await waitFor(async () => {
    const now = await statusOf(id);
    return now['state'] === 'failed' ? now : undefined;
  }, 60_000);
  expect(end['error'].code).toBe('INPUT_REFUSED');
  expect(await messages()).toBe(before);
}, 120_000);

test('Neither ids, search attributes nor the database name a file, a caption or a consumer', async () => {
  const file = await writeJpeg(join(machine.directory, 'very-private-name.jpg'));
  const words = ['very-private-name', 'very-private-caption', 'very-private-consumer'];
  const sent = await machine.ferry(['send', file, '--caption', words[1]!, '--consumer', words[2]!, '--json']);
  expect(sent.code).toBe(0);
  const seen: string[] = [];
  const { executions } = await connection.workflowService.listWorkflowExecutions({ namespace: up.info.namespace });
  seen.push(textsIn(executions));
  const files = ['', '-wal'].map((end) => join(machine.stateDir, `temporal/temporal-1.9.1.db${end}`));
  for (const path of files.filter((one) => existsSync(one))) seen.push((await readFile(path)).toString('latin1'));
  for (const text of seen) {
    for (const word of words) expect(text.includes(word)).toBe(false);
  }
  const list = await machine.ferry(['list', '--json']);
  expect(list.documents.map(({ source }) => String(source)).join(' ')).toContain('very-private-name');
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;
asRoot('Another user of the machine cannot read the key', () => {
  const key = join(machine.stateDir, 'payload.key');
  const read = () => execFileSync('setpriv', ['--reuid', '65534', '--clear-groups', 'cat', key], { stdio: 'pipe' });
  // oxlint-disable-next-line jest/no-standalone-expect -- asRoot is a test
  expect(read).toThrow(/Permission denied/);
});
