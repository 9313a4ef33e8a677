/** The library against the sandbox, which shares no code with it: all calls of one file's way, and a few of its faults. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLivePerson, type AccountAddress, type AdminCredentials, type LivePerson } from '../../src/liveperson';
import { startSandbox } from '../../sandbox';
import type { FaultAction, SandboxHandle } from '../../sandbox/types';

const OPS: AdminCredentials = { kind: 'password', username: 'ops', password: 'sandbox' };
const BYTES = Buffer.from('not really a picture');

let sandbox: SandboxHandle;
let stateDir: string;
let liveperson: LivePerson;
let account: AccountAddress;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'ferry-liveperson-'));
  sandbox = await startSandbox({ port: 0, stateDir });
  account = { accountId: '12345678', domain: `127.0.0.1:${sandbox.port}`, plaintext: true, trustedHosts: [] };
  liveperson = createLivePerson({ idleCloseMs: 2_000 });
});

afterAll(async () => {
  await liveperson?.close();
  await sandbox?.close();
  await rm(stateDir, { recursive: true, force: true });
});

afterEach(async () => {
  await fetch(`${sandbox.url}/_sandbox/faults`, { method: 'DELETE' });
});

async function fault(at: string, action: FaultAction): Promise<void> {
  const body = JSON.stringify({ at, do: action, times: 1 });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${sandbox.url}/_sandbox/faults`, { method: 'POST', body, headers });
  if (!answer.ok) throw new Error(`The sandbox did not take the fault: ${answer.status}`);
}

async function messages(): Promise<readonly { relativePath?: string }[]> {
  return (await fetch(`${sandbox.url}/_sandbox/messages`)).json() as Promise<{ relativePath?: string }[]>;
}

/** A consumer with a conversation and an uploaded object. */
async function uploaded() {
  await liveperson.ensureFileSharing(account, OPS, true);
  const token = await liveperson.consumerToken(account, { kind: 'signup' });
  const session = liveperson.session(account, token);
  const { conversationId } = await session.createConversation({ skillId: '-1' });
  const url = await session.requestUploadUrl({ sizeBytes: BYTES.length, fileType: 'PNG' });
  const origin = await liveperson.serviceUrl(account, 'swift');
  const put = await fetch(`${origin}${url.relativePath}?${new URLSearchParams(url.queryParams).toString()}`, {
    method: 'PUT',
    body: BYTES,
  });
  expect(put.status).toBe(201);
  const { relativePath } = url;
  const file = { conversationId, dialogId: conversationId, relativePath, fileType: 'PNG', caption: 'x' };
  const look = { conversationId, dialogId: conversationId, fromSeq: 0, relativePaths: [relativePath], quietMs: 200 };
  return { token, session, origin, file, look };
}

describe('the library and the sandbox', () => {
  it('carry a file through all steps', async () => {
    const { token, session, origin, file, look } = await uploaded();
    const { conversationId } = file;
    expect(await session.conversations()).toEqual([
      { conversationId, state: 'OPEN', dialogId: conversationId, startedAtMs: expect.any(Number) },
    ]);
    expect(await liveperson.findFileMessages(account, token, look)).toEqual([]);
    const { sequence } = await session.publishFile(file);
    expect(await liveperson.findFileMessages(account, token, look)).toEqual([
      {
        sequence,
        originatorId: token.consumerId,
        relativePath: file.relativePath,
      },
    ]);
    const url = await session.requestDownloadUrl(file.relativePath);
    const got = await fetch(`${origin}${url.relativePath}?${new URLSearchParams(url.queryParams).toString()}`);
    expect(Buffer.from(await got.arrayBuffer())).toEqual(BYTES);
    expect(await liveperson.ensureFileSharing(account, OPS, false)).toEqual({ wasOn: true });
  });

  it.each<[FaultAction, boolean]>([
    ['drop-after', true],
    ['drop-before', false],
    [{ closeCode: 4401 }, false],
  ])('settle a publish after %j by a look', async (action, happened) => {
    const { token, session, file, look } = await uploaded();
    await fault('request:ms.PublishEvent', action);
    await expect(session.publishFile(file)).rejects.toMatchObject({ code: 'ANSWER_LOST' });
    const found = await liveperson.findFileMessages(account, token, look);
    expect(found).toHaveLength(happened ? 1 : 0);
    if (!happened) await session.publishFile(file);
    const mine = (await messages()).filter((message) => message.relativePath === file.relativePath);
    expect(mine).toHaveLength(1);
  });

  it('look through a conversation of sixty pictures with previews of 25 kB', async () => {
    const { token, session, file, look } = await uploaded();
    const preview = `data:image/png;base64,${'A'.repeat(25_000)}`;
    for (let count = 0; count < 60; count += 1) await session.publishFile({ ...file, caption: `${count}`, preview });
    const other = `${file.relativePath}.other`;
    expect(await liveperson.findFileMessages(account, token, { ...look, relativePaths: [other] })).toEqual([]);
    expect(await liveperson.findFileMessages(account, token, look)).toMatchObject([
      { relativePath: file.relativePath },
    ]);
  });

  it('tell the refusals of the sandbox apart', async () => {
    const { token, session, file, look } = await uploaded();
    await expect(session.requestUploadUrl({ sizeBytes: 1e9, fileType: 'PNG' })).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
    await expect(session.requestUploadUrl({ sizeBytes: 1, fileType: 'EXE' })).rejects.toMatchObject({
      code: 'TYPE_NOT_ALLOWED',
    });
    await expect(session.publishFile({ ...file, conversationId: 'x', dialogId: 'x' })).rejects.toMatchObject({
      code: 'CONVERSATION_UNKNOWN',
    });
    await expect(liveperson.findFileMessages(account, token, { ...look, dialogId: 'x' })).rejects.toMatchObject({
      code: 'CONVERSATION_UNKNOWN',
    });
    const other = liveperson.session(account, await liveperson.consumerToken(account, { kind: 'signup' }));
    await expect(other.publishFile(file)).rejects.toMatchObject({ code: 'NOT_PARTICIPANT' });
    await fault('request:ms.GenerateURLForUploadFile', { error: { code: 429 } });
    await expect(session.requestUploadUrl({ sizeBytes: 1, fileType: 'PNG' })).rejects.toMatchObject({
      code: 'THROTTLED',
    });
    await fault('socket', { status: 503 });
    session.close();
    await expect(session.conversations()).rejects.toMatchObject({ code: 'MESSAGING_UNAVAILABLE' });
    await expect(
      liveperson.readProperty(account, { ...OPS, password: 'wrong' }, 'messaging.file.sharing.enabled'),
    ).rejects.toMatchObject({ code: 'CREDENTIALS_REFUSED' });
  });

  it("ask anew, once, when a visitor's external token was outlived before it was exchanged", async () => {
    const realNow = Date.now;
    let aheadMs = 0;
    let refused = 0;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => realNow() + aheadMs);
    const suspended = createLivePerson({
      // Told in the tick in which a step is answered: more than the ten minutes of the token pass before the next.
      log({ fields: { status } }) {
        if (status === 401) refused += 1;
        else if (refused === 0) aheadMs += 601_000;
      },
    });
    try {
      const token = await suspended.consumerToken(account, { kind: 'anonymous', connectorId: '4711' });
      expect(await suspended.session(account, token).conversations()).toEqual([]);
      expect(refused).toBe(1);
    } finally {
      clock.mockRestore();
      await suspended.close();
    }
  });

  it('agree on InitConnection too', async () => {
    const introduced = createLivePerson({ socketAuthentication: 'init-connection' });
    try {
      const token = await introduced.consumerToken(account, { kind: 'signup' });
      expect(await introduced.session(account, token).conversations()).toEqual([]);
      const expired = { ...token, jwt: token.jwt.replace(/\.[^.]*$/, '.AAAA') };
      await expect(introduced.session(account, expired).conversations()).rejects.toMatchObject({
        code: 'TOKEN_EXPIRED',
      });
    } finally {
      await introduced.close();
    }
  });
});
