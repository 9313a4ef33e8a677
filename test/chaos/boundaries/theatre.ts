import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectFerry, type FerryClient } from '../../../src/client';
import { consumerWorkflowId } from '../../../src/contract';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { writeJpeg } from '../../end-to-end/pictures';
import { startTestTemporal } from '../../support/temporal';
import { programPart, type Part } from '../kit/processes';
import { CLI } from '../kit/stage';
import type { Case } from './cases';
import { openLine, type Line } from './line';
import { openSite, type Site } from './site';

/** A transfer of a consumer of its own, which has no token and no conversation yet. */
export interface Started {
  readonly transferId: string;
  readonly consumer: string;
}

/** A Temporal, a line to it that can be held, one worker that can be killed, and a site for each case. */
export interface Theatre {
  readonly sites: readonly Site[];
  readonly line: Line;
  readonly worker: Part;
  readonly ferry: FerryClient;
  /** Starts another transfer of this case. */
  send(site: Site): Promise<Started>;
  /** How often the activity that the boundary ends has completed, as Temporal knows. */
  completions(of: Case, started: Started): Promise<number>;
  close(): Promise<void>;
}

const HOST = 'stage';

export async function openTheatre(cases: readonly Case[]): Promise<Theatre> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'ferry-boundaries-')));
  const undo: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const each of undo.splice(0).reverse()) await each();
  };
  try {
    const temporal = await startTestTemporal();
    undo.push(() => temporal.stop());
    const sites: Site[] = [];
    for (const each of cases) {
      const site = await openSite(each, directory);
      undo.push(() => site.close());
      sites.push(site);
    }
    const line = await openLine(temporal.address);
    undo.push(() => line.close());
    const worker = await makeWorker(directory, line.address, temporal.namespace, sites);
    undo.push(async () => {
      worker.signal('SIGKILL');
      await worker.gone();
    });
    const { address, namespace } = temporal;
    const connection = await Connection.connect({ address });
    undo.push(() => connection.close());
    const ferry = await connectFerry({ connection: { address }, namespace, hostId: HOST });
    undo.push(() => ferry.close());
    const client = new Client({ connection, namespace });
    await worker.start();
    let files = 0;
    return {
      sites,
      line,
      worker,
      ferry,
      async send({ of }) {
        files += 1;
        const file = await writeJpeg(join(directory, `${of.id}-${files}.jpg`));
        const consumer = `ops-${files}`;
        return { transferId: (await ferry.start({ file, account: of.id, consumer })).transferId, consumer };
      },
      async completions({ id, ends }, { transferId, consumer }) {
        const workflowId = ends?.workflow === 'consumer' ? consumerWorkflowId(id, consumer) : transferId;
        return countCompleted(client, workflowId, ends?.activity ?? '');
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeWorker(
  directory: string,
  address: string,
  namespace: string,
  sites: readonly Site[],
): Promise<Part> {
  const toml = sites.map(({ of, port }) => accountToml(of.id, port, directory)).join('\n');
  await writeFile(join(directory, 'ferry.toml'), toml);
  await mkdir(join(directory, 'home'));
  return programPart({
    name: 'worker',
    args: [CLI, 'worker', '--host-id', HOST, '--json'],
    cwd: directory,
    logFile: join(directory, 'worker.log'),
    env: {
      PATH: process.env['PATH'],
      HOME: join(directory, 'home'),
      FERRY_CONFIG: join(directory, 'ferry.toml'),
      FERRY_SEAL_KEY: randomBytes(32).toString('base64'),
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      SITE_PASSWORD: 'sandbox',
    },
    onEarlyEnd: () => undefined,
    onDeath: () => undefined,
  });
}

function accountToml(id: string, port: number, directory: string): string {
  return [
    `[accounts.${id}]`,
    'accountId = "12345678"',
    `domain = "127.0.0.1:${port}"`,
    'plaintext = true',
    'enableFileSharing = true',
    'login = { username = "ops", passwordEnv = "SITE_PASSWORD" }',
    'consumer = { name = "ops" }',
    `directories = { sources = [${JSON.stringify(directory)}] }`,
    '',
  ].join('\n');
}

async function countCompleted(client: Client, workflowId: string, activity: string): Promise<number> {
  const { events } = await client.workflow
    .getHandle(workflowId)
    .fetchHistory()
    .catch((error: unknown) => {
      // The consumer's workflow begins with its first request.
      if (error instanceof WorkflowNotFoundError) return { events: [] };
      throw error;
    });
  const scheduled = new Map<string, string>();
  let completed = 0;
  for (const {
    eventId,
    activityTaskScheduledEventAttributes: began,
    activityTaskCompletedEventAttributes: ended,
  } of events ?? []) {
    if (began) scheduled.set(String(eventId), began.activityType?.name ?? '');
    if (ended && scheduled.get(String(ended.scheduledEventId)) === activity) completed += 1;
  }
  return completed;
}
