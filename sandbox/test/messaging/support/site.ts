import { createHmac, generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoadGauges } from '../../../load';
import { createMessaging, type Behaviour } from '../../../messaging';
import type { FaultAction, FaultRule, Journal, Messaging, RequestRecord } from '../../../types';

export const ACCOUNT = '12345678';

export interface SiteOptions {
  readonly behaviour?: Partial<Behaviour>;
  readonly types?: readonly string[];
  /** A journal of an earlier site, to be replayed. */
  readonly journalFile?: string;
  /** Runs before each append; to hold or to break it. */
  readonly beforeAppend?: (entry: object) => Promise<void>;
  readonly storageHost?: string;
  /** Let the site make its own token key (slow); else all sites of a test file share one. @default false */
  readonly ownTokenKey?: boolean;
}

/** A LivePerson of its own on a real port, with the storage reduced to what the messaging side asks of it. */
export interface Site {
  readonly host: string;
  readonly messaging: Messaging;
  readonly journalFile: string;
  /** relativePath to size. */
  readonly objects: Map<string, number>;
  readonly requests: RequestRecord[];
  /** Faults with the times left. */
  readonly rules: readonly FaultRule[];
  fault(at: string, action: FaultAction, times?: number): void;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

const open_: Site[] = [];
const directories: string[] = [];

/** For afterEach: ends every site of the test and removes its files, also after a failure. */
export async function closeSites(): Promise<void> {
  for (const site of open_.splice(0)) await site.close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
}

export async function openSite(options: SiteOptions = {}): Promise<Site> {
  const journalFile = options.journalFile ?? join(await temporaryDirectory(), 'journal.jsonl');
  if (!existsSync(journalFile) && options.ownTokenKey !== true) writeFileSync(journalFile, `${sharedKey()}\n`);
  const earlier = existsSync(journalFile) ? readFileSync(journalFile, 'utf8').trim().split('\n') : [];
  const rules: FaultRule[] = [];
  const requests: RequestRecord[] = [];
  const objects = new Map<string, number>();
  const server = createServer((request, response) => void serve(messaging, request, response));
  const host = () => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const messaging = createMessaging(
    {
      accountId: ACCOUNT,
      selfHost: host,
      storageHost: () => options.storageHost ?? host(),
      rules: { types: options.types ?? ['JPG', 'JPEG', 'PNG', 'GIF'], maxBytes: 3_145_728 },
      faults: { take: (point) => takeRule(rules, point), rules: () => rules },
      requests: {
        add: (record) => requests.push({ at: new Date().toISOString(), ...record }),
        all: () => requests,
      },
      load: new LoadGauges(),
      journal: fileJournal(journalFile, options.beforeAppend),
      urls: { sign: (...of) => signed(...of, 60), signExpired: (...of) => signed(...of, -60) },
      objects: {
        stat: async (path) => {
          const sizeBytes = objects.get(path);
          return sizeBytes === undefined ? null : { sizeBytes, md5: '' };
        },
      },
    },
    options.behaviour,
  );
  for (const line of earlier) messaging.replay(JSON.parse(line));
  server.on('upgrade', (request, socket, head) => {
    if (!messaging.upgrade(request, socket, head)) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const site: Site = {
    host: host(),
    messaging,
    journalFile,
    objects,
    requests,
    rules,
    fault: (at, action, times) => rules.push({ at, do: action, ...(times === undefined ? {} : { times }) }),
    fetch: (path, init) => fetch(`http://${site.host}${path}`, init),
    async close() {
      await messaging.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  open_.push(site);
  return site;
}

let sharedKeyEntry: string | null = null;

/** As a site writes it to its journal when it gives its first token. */
function sharedKey(): string {
  sharedKeyEntry ??= JSON.stringify({
    room: 'messaging',
    what: 'token-key',
    privateKeyPem: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    }),
  });
  return sharedKeyEntry;
}

/** The same site after a kill: nothing but its journal is left. */
export async function reopenSite(site: Site, options: SiteOptions = {}): Promise<Site> {
  const next = await openSite({ ...options, journalFile: site.journalFile });
  for (const [path, size] of site.objects) next.objects.set(path, size);
  return next;
}

function signed(method: string, path: string, lifeSeconds: number) {
  const expires = String(Math.floor(Date.now() / 1000) + lifeSeconds);
  const sig = createHmac('sha1', 'key').update(`${method}\n${expires}\n${path}`).digest('hex');
  return { temp_url_sig: sig, temp_url_expires: expires };
}

/** What {@link signed} makes of it, to tell a spoilt signature. */
export function isGoodSignature(method: string, path: string, query: Readonly<Record<string, string>>): boolean {
  const text = `${method}\n${String(query['temp_url_expires'])}\n${path}`;
  return createHmac('sha1', 'key').update(text).digest('hex') === query['temp_url_sig'];
}

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ferry-messaging-'));
  directories.push(directory);
  return directory;
}

/** Writes in the order of the calls, as the real journal does; only who is held back by `beforeAppend` falls behind. */
function fileJournal(path: string, beforeAppend: SiteOptions['beforeAppend']): Journal {
  let last: Promise<void> = Promise.resolve();
  return {
    async append(entry) {
      await beforeAppend?.(entry);
      const written = last.then(() => appendLine(path, JSON.stringify(entry)));
      last = written.catch(() => undefined);
      await written;
    },
  };
}

async function appendLine(path: string, line: string): Promise<void> {
  const file = await open(path, 'a');
  try {
    await file.write(`${line}\n`);
    await file.datasync();
  } finally {
    await file.close();
  }
}

function takeRule(rules: FaultRule[], point: string): FaultAction | null {
  const index = rules.findIndex((rule) => rule.at === point && rule.times !== 0);
  const rule = rules[index];
  if (!rule) return null;
  if (rule.times !== undefined) rules[index] = { ...rule, times: rule.times - 1 };
  return rule.do;
}

async function serve(messaging: Messaging, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? '/', 'http://site');
  const path = decodeURIComponent(url.pathname);
  const method = request.method ?? 'GET';
  const route = messaging.routes.find((one) => one.matches(method, path));
  const { headers } = request;
  const answer = route
    ? await route.handle({ method, path, query: url.searchParams, headers, body: Buffer.concat(chunks) })
    : { status: 404 };
  response.writeHead(answer.status, answer.headers).end(answer.body);
}
