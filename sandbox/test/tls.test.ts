import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request, type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { WebSocket } from 'ws';

import { startSandbox, type SandboxHandle } from '..';
import { certificatePem, serverExtensions } from '../tls/certificate';
import { send } from './support/http';
import { atCleanUp, cleanUp, ownDirectory } from './support/sandbox';

afterEach(cleanUp);

const DISCOVERY = '/api/account/12345678/service/baseURI.json?version=1.0';

async function secureSandbox(stateDir: string): Promise<SandboxHandle> {
  const handle = await startSandbox({ port: 0, stateDir, tls: true });
  atCleanUp(() => handle.close());
  return handle;
}

/** @returns status, or the code of the error */
async function ask(url: string, options: RequestOptions = {}, body = ''): Promise<number | string> {
  return new Promise((resolve) => {
    const outgoing = request(url, { agent: false, ...options }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    outgoing.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      resolve(code === undefined || code === 'UNSPECIFIED' ? message : code);
    });
    outgoing.end(body);
  });
}

const caOf = (stateDir: string): string => readFileSync(join(stateDir, 'sandbox-ca.pem'), 'utf8');

test('with TLS everything is served over https and wss, for localhost and 127.0.0.1, under the authority in the state directory', async () => {
  const stateDir = await ownDirectory();
  const { url, port, caFile } = await secureSandbox(stateDir);
  const ca = caOf(stateDir);
  expect({ url, caFile }).toEqual({
    url: `https://127.0.0.1:${port}`,
    caFile: join(stateDir, 'sandbox-ca.pem'),
  });
  expect(await ask(`${url}${DISCOVERY}`, { ca })).toBe(200);
  expect(await ask(`https://localhost:${port}${DISCOVERY}`, { ca, family: 4 })).toBe(200);
  expect(await ask(`${url}/_sandbox/messages`, { ca })).toBe(200);
  const socketUrl = `wss://127.0.0.1:${port}/ws_api/account/12345678/messaging/consumer?v=3`;
  const ws = new WebSocket(socketUrl, { ca });
  await new Promise((resolve, reject) => {
    ws.once('open', resolve);
    ws.once('error', reject);
  });
  ws.terminate();
});

test('who does not trust that authority does not connect, and plain HTTP gets no answer', async () => {
  const { url, port } = await secureSandbox(await ownDirectory());
  expect(await ask(`${url}${DISCOVERY}`)).toMatch(/^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN)$/);
  expect(await send('GET', `http://127.0.0.1:${port}${DISCOVERY}`)).toMatchObject({ status: 0 });
  const ca = caOf(await ownDirectoryWithAuthority());
  expect(await ask(`${url}${DISCOVERY}`, { ca })).toMatch(/^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_SIGNATURE_FAILURE)$/);
});

async function ownDirectoryWithAuthority(): Promise<string> {
  const stateDir = await ownDirectory();
  await (await startSandbox({ port: 0, stateDir, tls: true })).close();
  return stateDir;
}

test('the authority is kept over restarts and its key is for the owner alone', async () => {
  const stateDir = await ownDirectoryWithAuthority();
  const before = caOf(stateDir);
  expect(statSync(join(stateDir, 'sandbox-ca.key')).mode & 0o777).toBe(0o600);
  const again = await secureSandbox(stateDir);
  expect(caOf(stateDir)).toBe(before);
  expect(await ask(`${again.url}${DISCOVERY}`, { ca: before })).toBe(200);
});

test('the authority cannot sign for another host, even if its key is stolen', async () => {
  const stateDir = await ownDirectoryWithAuthority();
  const authority = new X509Certificate(caOf(stateDir));
  const privateKey = createPrivateKey(readFileSync(join(stateDir, 'sandbox-ca.key')));
  const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cert = certificatePem({
    subject: 'api.liveperson.net',
    publicKey: leaf.publicKey,
    issuer: { name: authority.subject.slice('CN='.length), publicKey: authority.publicKey, privateKey },
    days: 1,
    extensions: serverExtensions(['api.liveperson.net']),
  });
  const server = createServer({ cert, key: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }) });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atCleanUp(async () => void server.close());
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const outcome = await ask(url, { ca: caOf(stateDir), servername: 'api.liveperson.net' });
  expect(outcome).toMatch(/permitted subtree violation/i);
});

test('files of the authority that cannot be read are an error with the way out, not a new authority', async () => {
  const stateDir = await ownDirectoryWithAuthority();
  writeFileSync(join(stateDir, 'sandbox-ca.pem'), 'no certificate');
  await expect(startSandbox({ port: 0, stateDir, tls: true })).rejects.toThrow(
    /The certificate authority cannot be read .*; remove sandbox-ca.pem and sandbox-ca.key in .* for a new one\./,
  );
});

test.each([
  ['login', '"drop-before"', 'POST', '/api/account/12345678/login?v=1.3'],
  ['login', '"drop-after"', 'POST', '/api/account/12345678/login?v=1.3'],
  ['put', '"drop-before"', 'PUT', '/v1/AUTH_async-images/12345678/x'],
  ['csds', '{"resetAfterBytes": 5}', 'GET', DISCOVERY],
])('a fault at %s, %s, resets the TLS connection, too', async (at, action, method, path) => {
  const stateDir = await ownDirectory();
  const { url } = await secureSandbox(stateDir);
  const ca = caOf(stateDir);
  const headers = { 'content-type': 'application/json' };
  const rule = `{"at": "${at}", "do": ${action}}`;
  expect(await ask(`${url}/_sandbox/faults`, { ca, method: 'POST', headers }, rule)).toBe(200);
  expect(await answerOrLoss(`${url}${path}`, { ca, method })).toBe('ECONNRESET');
});

/** Like {@link ask}, but a loss in the middle of the body counts. */
async function answerOrLoss(url: string, options: RequestOptions): Promise<number | string> {
  return new Promise((resolve) => {
    const lost = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
    const outgoing = request(url, { agent: false, ...options }, (response) => {
      response.on('error', lost).resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    outgoing.on('error', lost);
    outgoing.end();
  });
}
