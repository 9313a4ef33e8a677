import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '../..';
import type { SandboxHandle } from '../../types';
import {
  closeConsumers,
  connect,
  enableFileSharing,
  fileEvent,
  newConversation,
  signUp,
  type HttpSide,
} from './support/consumer';

let stateDir: string;
let sandbox: SandboxHandle | null = null;

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'ferry-flow-'));
});
afterEach(async () => {
  closeConsumers();
  await sandbox?.close();
  sandbox = null;
  rmSync(stateDir, { recursive: true, force: true });
});

async function start(): Promise<HttpSide & { page(name: string): Promise<unknown> }> {
  const handle = await startSandbox({ port: 0, stateDir });
  sandbox = handle;
  const get = (path: string, init?: RequestInit) => fetch(`${handle.url}${path}`, init);
  return {
    host: `127.0.0.1:${handle.port}`,
    fetch: get,
    page: async (name) => (await get(`/_sandbox/${name}`)).json(),
  };
}

it('carries a file through the whole sandbox, and knows it after a restart', async () => {
  const site = await start();
  await enableFileSharing(site);
  const jwt = await signUp(site);
  const consumer = await connect(site, jwt);
  const dialogId = await newConversation(consumer);
  const bytes = randomBytes(4821);
  const urlOf = (answer: { body?: unknown }) => {
    const { relativePath, queryParams } = answer.body as { relativePath: string; queryParams: Record<string, string> };
    return { relativePath, path: `${relativePath}?${new URLSearchParams(queryParams).toString()}` };
  };

  const upload = urlOf(await consumer.request('ms.GenerateURLForUploadFile', { fileSize: '4821', fileType: 'PNG' }));
  const early = await consumer.request('ms.PublishEvent', fileEvent(dialogId, upload.relativePath));
  expect(early.body).toMatchObject({ errorCode: 40_014 });
  expect((await site.fetch(upload.path, { method: 'PUT', body: bytes })).status).toBe(201);
  const answer = await consumer.request('ms.PublishEvent', fileEvent(dialogId, upload.relativePath));
  expect(answer.body).toEqual({ sequence: 0 });
  const { relativePath } = upload;
  const download = urlOf(await consumer.request('ms.GenerateURLForDownloadFile', { relativePath }));
  expect(Buffer.from(await (await site.fetch(download.path)).arrayBuffer()).equals(bytes)).toBe(true);

  const md5 = createHash('md5').update(bytes).digest('hex');
  const before = await Promise.all(['messages', 'conversations', 'objects'].map((name) => site.page(name)));
  expect(before).toMatchObject([
    [{ conversationId: dialogId, sequence: 0, relativePath, fileType: 'PNG', caption: 'site plan' }],
    [{ conversationId: dialogId, state: 'OPEN' }],
    [{ relativePath, sizeBytes: 4821, md5 }],
  ]);
  expect(JSON.stringify(await site.page('requests'))).not.toMatch(/temp_url_sig|eyJ/);

  await sandbox?.close();
  const next = await start();
  expect(await Promise.all(['messages', 'conversations', 'objects'].map((name) => next.page(name)))).toEqual(before);
  const again = await connect(next, jwt);
  const second = await again.request('ms.PublishEvent', fileEvent(dialogId, relativePath));
  expect(second.body).toEqual({ sequence: 1 });
});

it('obeys the faults that were posted, at the socket, at a request and at sign-up', async () => {
  const site = await start();
  const rules = [
    { at: 'signup', do: { status: 503 }, times: 1 },
    { at: 'request:GetClock', do: { error: { code: 429 } }, times: 1 },
    { at: 'request:cm.ConsumerRequestConversation', do: 'drop-after', times: 1 },
  ];
  expect(
    (
      await site.fetch('/_sandbox/faults', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(rules),
      })
    ).ok,
  ).toBe(true);
  expect((await site.fetch('/api/account/12345678/signup', { method: 'POST' })).status).toBe(503);
  const consumer = await connect(site);
  expect((await consumer.request('GetClock')).code).toBe(429);
  consumer.ws.send('{"id":"1","type":"cm.ConsumerRequestConversation"}');
  expect(await consumer.closed).toBe(1006);
  expect(await site.page('conversations')).toHaveLength(1);
});
