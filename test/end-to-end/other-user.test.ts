/**
 * Another user of the machine against a running `ferry up`: as a false worker that takes tasks, and with Temporal's own
 * commands. He may delay and deny. He must not read, and nothing may be sent twice.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, Connection } from '@temporalio/client';
import { hostQueue, ioQueue, SHARED_QUEUE } from '../../src/contract';
import { waitFor } from '../support/wait-for';
import { openMachine, type Machine, type Up } from './machine';
import { writeJpeg } from './pictures';

const SCRIPT = join(__dirname, 'false-worker.cjs');
const NOBODY = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];

/** Needs root, `setpriv`, and a source tree that others may read. */
function canBeAnother(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync('setpriv', [...NOBODY, process.execPath, '-e', `require(${JSON.stringify(SCRIPT)})`, '', ''], {
      stdio: 'ignore',
      timeout: 60_000,
    });
    return true;
  } catch (error) {
    // It ends with 1 because there is no such server; anything else means that it could not run.
    return (error as { readonly status?: number }).status === 1;
  }
}

const asAnother = canBeAnother() ? describe : describe.skip;

interface Seen {
  readonly kind: 'ready' | 'activity' | 'workflow';
  readonly uid?: number;
  readonly workflowId?: string;
  readonly text?: string;
}

asAnother('another user of the machine', () => {
  let machine: Machine;
  let up: Up;
  let connection: Connection;
  let client: Client;
  let hostId: string;
  const started: ChildProcess[] = [];

  beforeAll(async () => {
    machine = await openMachine();
    up = await machine.up();
    connection = await Connection.connect({ address: up.info.temporalAddress });
    client = new Client({ connection, namespace: up.info.namespace });
    const { documents } = await machine.ferry(['status', '--json']);
    hostId = String(documents[0]?.['thisHost']);
  }, 120_000);
  afterEach(() => {
    for (const child of started) child.kill('SIGKILL');
  });
  afterAll(async () => {
    await connection.close();
    await machine.close();
  });

  const messages = async (): Promise<number> => (await up.page('messages')).length;
  const statusOf = async (id: string) => (await machine.ferry(['status', id, '--json'])).documents[0]!;

  async function sendDetached(name: string): Promise<string> {
    const picture = join(machine.directory, `private-${name}.jpg`);
    // The same file again is the same transfer.
    if (!existsSync(picture)) await writeJpeg(picture);
    const words = ['--caption', `a private caption of ${name}`, '--why', 'a private reason'];
    const { documents } = await machine.ferry(['send', picture, '--detach', '--json', ...words]);
    return String(documents[0]?.['transferId']);
  }

  async function falseWorker(mode: 'hold' | 'complete'): Promise<{ readonly seen: readonly Seen[]; stop(): void }> {
    const seen: Seen[] = [];
    const { temporalAddress, namespace } = up.info;
    const queues = mode === 'hold' ? [SHARED_QUEUE, hostQueue(hostId), ioQueue(hostId)] : [SHARED_QUEUE];
    const child = spawn('setpriv', [...NOBODY, process.execPath, SCRIPT, temporalAddress, namespace, mode, ...queues], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: '/',
    });
    started.push(child);
    createInterface({ input: child.stdout }).on('line', (line) => seen.push(JSON.parse(line) as Seen));
    await waitFor(() => (seen[0]?.kind === 'ready' ? true : undefined));
    expect(seen[0]?.uid).toBe(65_534);
    return { seen, stop: () => void child.kill('SIGKILL') };
  }

  test('As a false worker he takes tasks and reads nothing of them; everything is sent later, once.', async () => {
    const before = await messages();
    const worker = await falseWorker('hold');
    const ids: string[] = [];
    const hasTaken = (kind: Seen['kind']): boolean => worker.seen.some((task) => task.kind === kind);
    while (ids.length < 4 || (ids.length < 30 && !(hasTaken('activity') && hasTaken('workflow')))) {
      ids.push(await sendDetached(`held-${ids.length}`));
    }
    expect([hasTaken('activity'), hasTaken('workflow')]).toEqual([true, true]);
    worker.stop();
    const taken = worker.seen.filter(({ kind }) => kind !== 'ready');
    for (const { text = '' } of taken) expect(text).not.toContain('private');
    for (const id of ids) {
      await waitFor(async () => ((await statusOf(id))['state'] === 'done' ? true : undefined), 120_000);
    }
    const sent = (await up.page('messages')).slice(before).map(({ caption }) => String(caption));
    expect(sent.toSorted()).toEqual(ids.map((_id, at) => `a private caption of held-${at}`).toSorted());
    // The owner sees who had the tasks: in the history of the transfer.
    const identities = new Set<string | null | undefined>();
    for (const { workflowId = '' } of taken.filter(({ kind }) => kind === 'workflow')) {
      const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
      for (const event of events ?? []) identities.add(event.workflowTaskStartedEventAttributes?.identity);
    }
    expect(identities).toContain('false worker');
  }, 240_000);

  test('When he completes a transfer as a false worker, it ends without a message, and its owner is told.', async () => {
    await up.fault('put', { status: 503 });
    const before = await messages();
    const worker = await falseWorker('complete');
    const ids: string[] = [];
    const ended = async (): Promise<string | undefined> => {
      ids.push(await sendDetached(`completed-${ids.length}`));
      return worker.seen.find(({ kind, workflowId = '' }) => kind === 'workflow' && ids.includes(workflowId))
        ?.workflowId;
    };
    const id = await waitFor(ended, 60_000);
    worker.stop();
    const status = await waitFor(async () => {
      const now = await statusOf(id);
      return now['state'] === 'failed' ? now : undefined;
    }, 30_000);
    expect(status['error']).toMatchObject({ code: 'INTERNAL', message: expect.stringContaining('cannot read') });
    expect(await messages()).toBe(before);
    await machine.ferry(['cancel', '--all', '--yes']);
    await fetch(`${up.info.sandboxUrl}/_sandbox/faults`, { method: 'DELETE' });
  }, 180_000);

  test('When he terminates a transfer, its owner is told, and the same send sends it once.', async () => {
    await up.fault('put', { status: 503 });
    const before = await messages();
    const id = await sendDetached('terminated');
    await waitFor(async () => ((await statusOf(id))['state'] === 'waiting' ? true : undefined), 60_000);
    const code = `
      const { Connection } = require('@temporalio/client');
      (async () => {
        const connection = await Connection.connect({ address: ${JSON.stringify(up.info.temporalAddress)} });
        await connection.workflowService.terminateWorkflowExecution({
          namespace: ${JSON.stringify(up.info.namespace)},
          workflowExecution: { workflowId: ${JSON.stringify(id)} },
          reason: 'because I can',
        });
        await connection.close();
      })();`;
    const directory = join(__dirname, '../..');
    execFileSync('setpriv', [...NOBODY, process.execPath, '-e', code], { cwd: directory });
    expect(await statusOf(id)).toMatchObject({
      state: 'failed',
      error: { code: 'CANCELLED', message: expect.stringContaining('terminated in Temporal') },
    });
    await fetch(`${up.info.sandboxUrl}/_sandbox/faults`, { method: 'DELETE' });
    expect(await sendDetached('terminated')).toBe(id);
    await waitFor(async () => ((await statusOf(id))['state'] === 'done' ? true : undefined), 90_000);
    expect(await messages()).toBe(before + 1);
  }, 180_000);
});
