import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import * as fc from 'fast-check';

import type { SandboxProcess } from './sandbox-process';
import { openSocket, type TestSocket } from './test-socket';

export const ACCOUNT = '12345678';

/**
 * Tries the property so often, and says how often; fails with the counterexample and its cause, which `fc.assert` in a
 * matcher would hide.
 */
export async function timesTried<Values>(property: fc.IAsyncProperty<Values>, numRuns: number): Promise<number> {
  const details = await fc.check(property, { numRuns });
  if (!details.failed) return details.numRuns;
  const cause = details.errorInstance;
  throw new Error(`${fc.defaultReportMessage(details)} ${cause instanceof Error ? cause.message : ''}`, { cause });
}

/** One who does everything right, and whose things nobody else may touch. */
export interface Victim {
  readonly socket: TestSocket;
  readonly jwt: string;
  readonly consumerId: string;
  readonly conversationId: string;
  /** Uploaded, not published. */
  readonly relativePath: string;
  /** Of the download link of that object; good for two minutes. */
  readonly query: string;
  readonly bytes: Buffer;
}

export interface Administrator {
  readonly bearer: string;
  readonly csrf: string;
  readonly cookie: string;
}

async function post(sandbox: SandboxProcess, path: string, body: unknown, headers = {}, method = 'POST') {
  const response = await fetch(`${sandbox.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}.`);
  return response;
}

export async function signUp(sandbox: SandboxProcess): Promise<{ jwt: string; consumerId: string }> {
  const response = await post(sandbox, `/api/account/${ACCOUNT}/signup`, {});
  const { jwt } = (await response.json()) as { jwt: string };
  const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
  return { jwt, consumerId: claims.sub };
}

export async function logIn(sandbox: SandboxProcess, username: string): Promise<Administrator> {
  const response = await post(sandbox, `/api/account/${ACCOUNT}/login?v=1.3`, { username, password: 'sandbox' });
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const { bearer, csrf } = (await response.json()) as { bearer: string; csrf: string };
  return { bearer, csrf, cookie };
}

export async function setFileSharing(sandbox: SandboxProcess, { bearer }: Administrator, value: string): Promise<void> {
  const id = 'messaging.file.sharing.enabled';
  const path = `/api/account/${ACCOUNT}/configuration/setting/properties/${id}?v=3.0`;
  const headers = { Authorization: `Bearer ${bearer}`, 'If-Match': '-1' };
  await post(sandbox, path, { id, type: 1, propertyValue: { value }, deleted: 'false' }, headers, 'PUT');
}

/** A consumer with a conversation and an object; file sharing must be on. */
export async function openConsumer(sandbox: SandboxProcess): Promise<Victim> {
  const { jwt, consumerId } = await signUp(sandbox);
  const socket = await openSocket(sandbox, jwt);
  const opened = await socket.request('cm.ConsumerRequestConversation', {});
  const bytes = Buffer.from('the bytes of somebody else');
  const wish = { fileSize: bytes.length, fileType: 'PNG' };
  const upload = linkOf(await socket.request('ms.GenerateURLForUploadFile', wish));
  const put = await fetch(`${sandbox.url}${upload.relativePath}?${upload.query}`, { method: 'PUT', body: bytes });
  if (put.status !== 201) throw new Error(`The upload was answered with ${put.status}.`);
  const { relativePath } = upload;
  const { query } = linkOf(await socket.request('ms.GenerateURLForDownloadFile', { relativePath }));
  const { conversationId } = opened.body as { conversationId: string };
  return { socket, jwt, consumerId, conversationId, relativePath, query, bytes };
}

function linkOf(answer: { readonly body?: unknown }): { relativePath: string; query: string } {
  const { relativePath, queryParams } = answer.body as { relativePath: string; queryParams: Record<string, string> };
  return { relativePath, query: new URLSearchParams(queryParams).toString() };
}

/** The keys under which the sandbox signs; they must never leave it. */
export async function keysOf(sandbox: SandboxProcess): Promise<readonly string[]> {
  const storageKey = (await readFile(join(sandbox.stateDir, 'temp-url.key'), 'utf8')).trim();
  return [storageKey, 'PRIVATE KEY'];
}

/** The first of the secrets that stands in the text; null: none. */
export function leakIn(text: string, secrets: readonly string[]): string | null {
  return secrets.find((secret) => secret.length > 0 && text.includes(secret)) ?? null;
}
