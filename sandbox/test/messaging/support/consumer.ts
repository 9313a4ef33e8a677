import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import { ACCOUNT, type Site } from './site';

const JSON_TYPE = { 'content-type': 'application/json' };

/** What a consumer or an administrator needs of a site; the whole sandbox has it too. */
export type HttpSide = Pick<Site, 'host' | 'fetch'>;

/** What came over the socket; every field is read by tests that know their answer. */
export interface Incoming {
  readonly kind: string;
  readonly type: string;
  readonly reqId?: string;
  readonly code?: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies of many shapes
  readonly body?: any;
}

/** A consumer's socket, as a test sees it: raw frames in and out. */
export interface Consumer {
  readonly ws: WebSocket;
  /** Everything received so far, in order. */
  readonly received: Incoming[];
  request(type: string, body?: object, more?: object): Promise<Incoming>;
  /** The first incoming frame, past or future, for which the condition holds. */
  incoming(condition: (frame: Incoming) => boolean): Promise<Incoming>;
  /** Close code, once closed. */
  readonly closed: Promise<number>;
}

const consumers: WebSocket[] = [];
let lastId = 0;

export function closeConsumers(): void {
  for (const ws of consumers.splice(0)) ws.terminate();
}

export async function signUp(site: HttpSide): Promise<string> {
  const response = await site.fetch(`/api/account/${ACCOUNT}/signup`, { method: 'POST' });
  return ((await response.json()) as { jwt: string }).jwt;
}

export function socketUrl(site: HttpSide, more = '?v=3', account = ACCOUNT): string {
  return `ws://${site.host}/ws_api/account/${account}/messaging/consumer${more}`;
}

/** A socket that has not presented a token, unless options or the URL do. */
export async function openSocket(url: string, options: ClientOptions = {}): Promise<Consumer> {
  const ws = new WebSocket(url, options);
  consumers.push(ws);
  const consumer = consumerOn(ws);
  await once(ws, 'open');
  return consumer;
}

export async function connect(site: HttpSide, jwt?: string): Promise<Consumer> {
  return openSocket(socketUrl(site), { headers: { Authorization: `jwt ${jwt ?? (await signUp(site))}` } });
}

/** Status with which an upgrade was refused. */
export async function refusedStatus(url: string, headers: Record<string, string> = {}): Promise<number> {
  const ws = new WebSocket(url, { headers });
  consumers.push(ws);
  ws.on('error', () => undefined);
  const status = await new Promise<number>((resolve, reject) => {
    ws.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    ws.once('open', () => reject(new Error('The upgrade was not refused.')));
  });
  return status;
}

function consumerOn(ws: WebSocket): Consumer {
  const received: Incoming[] = [];
  const waiting = new Set<() => void>();
  const wake = () => [...waiting].forEach((look) => look());
  ws.on('error', () => undefined);
  ws.on('message', (data) => {
    received.push(JSON.parse((data as Buffer).toString('utf8')) as Incoming);
    wake();
  });
  const closed = new Promise<number>((resolve) => ws.once('close', resolve));
  ws.once('close', wake);

  function incoming(condition: (frame: Incoming) => boolean): Promise<Incoming> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(() => reject(new Error('No such frame came within 5 s.'))), 5000);
      const settle = (done: () => void) => {
        clearTimeout(timer);
        waiting.delete(look);
        done();
      };
      const look = () => {
        const found = received.find(condition);
        if (found) settle(() => resolve(found));
        else if (ws.readyState === WebSocket.CLOSED) settle(() => reject(new Error('The socket was closed.')));
      };
      waiting.add(look);
      look();
    });
  }

  return {
    ws,
    received,
    closed,
    incoming,
    request(type, body, more = {}) {
      const id = String((lastId += 1));
      ws.send(JSON.stringify({ kind: 'req', id, type, ...(body ? { body } : {}), ...more }));
      return incoming((frame) => frame.reqId === id);
    },
  };
}

export async function newConversation(consumer: Consumer): Promise<string> {
  const answer = await consumer.request('cm.ConsumerRequestConversation');
  return (answer.body as { conversationId: string }).conversationId;
}

export function textEvent(dialogId: string, message = 'hello'): object {
  return { dialogId, event: { type: 'ContentEvent', contentType: 'text/plain', message } };
}

export function fileEvent(dialogId: string, relativePath: string, more: object = {}): object {
  const message = {
    caption: 'site plan',
    relativePath,
    fileType: 'PNG',
    preview: 'data:image/png;base64,AA==',
    ...more,
  };
  return { dialogId, conversationId: dialogId, event: { type: 'ContentEvent', contentType: 'hosted/file', message } };
}

/** Switches file sharing on, as an administrator would. */
export async function enableFileSharing(site: HttpSide, value: string | boolean = 'true'): Promise<void> {
  const bearer = await logIn(site);
  const path = `/api/account/${ACCOUNT}/configuration/setting/properties/messaging.file.sharing.enabled?v=3.0`;
  const body = JSON.stringify({
    id: 'messaging.file.sharing.enabled',
    type: 1,
    propertyValue: { value },
    deleted: 'false',
  });
  const response = await site.fetch(path, {
    method: 'PUT',
    headers: { ...JSON_TYPE, Authorization: `Bearer ${bearer}`, 'If-Match': '-1' },
    body,
  });
  if (response.status !== 200) throw new Error(`The property was not written: ${response.status}.`);
}

export async function logIn(site: HttpSide, username = 'ops'): Promise<string> {
  const body = JSON.stringify({ username, password: 'sandbox' });
  const response = await site.fetch(`/api/account/${ACCOUNT}/login?v=1.3`, {
    method: 'POST',
    headers: JSON_TYPE,
    body,
  });
  return ((await response.json()) as { bearer: string }).bearer;
}

/** Asks for an upload URL and lays an object of that size in storage; returns its path. */
export async function uploaded(site: Site, consumer: Consumer, sizeBytes = 4821): Promise<string> {
  const answer = await consumer.request('ms.GenerateURLForUploadFile', { fileSize: sizeBytes, fileType: 'PNG' });
  const { relativePath } = answer.body as { relativePath: string };
  site.objects.set(relativePath, sizeBytes);
  return relativePath;
}
