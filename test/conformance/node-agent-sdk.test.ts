/**
 * LivePerson's own node-agent-sdk 1.2.0, as it comes from npm, on the brand's side of the sandbox, over TLS; Ferry's
 * library on the consumer's side. They were written independently.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';

import { createLivePerson, type AccountAddress, type AdminCredentials, type LivePerson } from '../../src/liveperson';
import { waitFor } from '../support/wait-for';
import {
  endChild,
  startSandboxProcess,
  type SandboxProcess,
} from '../../sandbox/test/conformance/support/sandbox-process';

const ACCOUNT = '12345678';
const OPS: AdminCredentials = { kind: 'password', username: 'ops', password: 'sandbox' };
const OPS_PID = '5f0c1d7e-0c5b-4c69-9d0a-0a5e1f3b0501';
const CONSUMERS_FILE = Buffer.from('a picture of the consumer, as far as storage is concerned');
const AGENTS_FILE = Buffer.from('a picture of the agent');

type Told = Readonly<Record<string, unknown>> & { readonly step: string };

let sandbox: SandboxProcess;
let liveperson: LivePerson;
let account: AccountAddress;
let agent: ChildProcess | undefined;

beforeEach(async () => {
  sandbox = await startSandboxProcess('--tls');
  liveperson = createLivePerson();
  const ca = readFileSync(sandbox.caFile, 'utf8');
  account = { accountId: ACCOUNT, domain: sandbox.host, plaintext: false, trustedHosts: [], ca };
});

afterEach(async () => {
  await liveperson?.close();
  if (agent !== undefined) await endChild(agent);
  await sandbox?.end();
});

/** What the agent's program tells, as it comes. */
function startAgent(): { readonly all: Told[]; told: (step: string) => Promise<Told> } {
  const [, port = ''] = sandbox.host.split(':');
  const program = join(__dirname, 'fixtures/agent.cjs');
  const all: Told[] = [];
  agent = fork(program, [ACCOUNT, `localhost:${port}`, sandbox.host, AGENTS_FILE.toString('base64')], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: sandbox.caFile, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  agent.on('message', (message) => all.push(message as Told));
  const told = async (step: string): Promise<Told> =>
    waitFor(() => {
      const bad = all.find((each) => each.step === 'error' || each.step === 'refused');
      if (bad !== undefined) throw new Error(`The agent's program met trouble: ${JSON.stringify(bad)}`);
      return all.find((each) => each.step === step);
    });
  return { all, told };
}

async function storage(method: 'PUT' | 'GET', link: string, body?: Buffer): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(link, { method, ca: account.ca }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts) }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** All that Ferry does to send a file, by its library. */
async function sendAsFerry() {
  await liveperson.ensureFileSharing(account, OPS, true);
  const token = await liveperson.consumerToken(account, { kind: 'signup' });
  const session = liveperson.session(account, token);
  const { conversationId } = await session.createConversation({ skillId: '-1' });
  const swift = await liveperson.serviceUrl(account, 'swift');
  const { relativePath, queryParams } = await session.requestUploadUrl({
    sizeBytes: CONSUMERS_FILE.length,
    fileType: 'PNG',
  });
  const link = `${swift}${relativePath}?${new URLSearchParams(queryParams).toString()}`;
  expect(await storage('PUT', link, CONSUMERS_FILE)).toMatchObject({ status: 201 });
  const dialog = { conversationId, dialogId: conversationId };
  await session.publishFile({ ...dialog, relativePath, fileType: 'PNG', caption: 'from Ferry' });
  return { token, session, dialog, swift, relativePath };
}

describe("LivePerson's own node-agent-sdk", () => {
  it('joins the conversation, fetches the file that Ferry sent and answers with one that Ferry sees', async () => {
    const ferry = await sendAsFerry();
    const { conversationId } = ferry.dialog;
    const { told } = startAgent();

    expect(await told('connected')).toMatchObject({ agentId: OPS_PID });
    expect(await told('clock')).toMatchObject({ currentTime: expect.any(Number) });
    expect(await told('conversation')).toMatchObject({ type: 'UPSERT', convId: conversationId });
    expect(await told('message')).toMatchObject({
      dialogId: conversationId,
      sequence: 0,
      originatorId: ferry.token.consumerId,
      isMine: false,
      event: { contentType: 'hosted/file', message: { caption: 'from Ferry', relativePath: ferry.relativePath } },
    });
    expect(await told('fetched')).toMatchObject({ status: 200, base64: CONSUMERS_FILE.toString('base64') });
    expect(await told('uploaded')).toMatchObject({ status: 201 });
    const published = await told('published');
    expect(published).toMatchObject({ sequence: 1 });

    const relativePath = String(published['relativePath']);
    // The library looks for messages of one originator: here for the agent's, with the consumer's own rights.
    const asAgent = { ...ferry.token, consumerId: OPS_PID };
    const look = { ...ferry.dialog, fromSeq: 0, relativePaths: [relativePath], quietMs: 200 };
    expect(await liveperson.findFileMessages(account, asAgent, look)).toMatchObject([{ sequence: 1 }]);
    const url = await ferry.session.requestDownloadUrl(relativePath);
    const link = `${ferry.swift}${relativePath}?${new URLSearchParams(url.queryParams).toString()}`;
    expect(await storage('GET', link)).toEqual({ status: 200, body: AGENTS_FILE });
    ferry.session.close();
  });

  it('is told of a conversation that begins later, and of messages as they are published', async () => {
    const { all, told } = startAgent();
    await told('subscribed');
    const ferry = await sendAsFerry();
    expect(await told('conversation')).toMatchObject({ convId: ferry.dialog.conversationId });
    await told('published');
    const mine = await waitFor(() => all.find(({ step, isMine }) => step === 'message' && isMine === true));
    expect(mine).toMatchObject({ sequence: 1, originatorId: OPS_PID });
    const joined = all.findLast(({ step }) => step === 'conversation');
    expect(joined).toMatchObject({
      participants: expect.arrayContaining([
        { id: ferry.token.consumerId, role: 'CONSUMER' },
        { id: OPS_PID, role: 'MANAGER' },
      ]),
    });
    const upgrades = (await sandbox.page('requests')).filter(({ path }) => String(path).includes('/messaging/'));
    expect(upgrades.map(({ path }) => path)).toContain(`/ws_api/account/${ACCOUNT}/messaging/brand`);
    ferry.session.close();
  });
});
