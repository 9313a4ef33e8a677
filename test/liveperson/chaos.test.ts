/**
 * Exactly once, against a service that loses connections before and after every effect. Each "transfer" does what a
 * durable caller does: it tries again after every error, and looks before it publishes again. Failures print the seed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFerryError } from '../../src/errors';
import { createLivePerson, type AccountAddress, type ConsumerToken, type LivePerson } from '../../src/liveperson';
import { startSandbox } from '../../sandbox';
import type { FaultAction, SandboxHandle } from '../../sandbox/types';

const SEED = Number(process.env['FERRY_CHAOS_SEED'] ?? Date.now() % 1_000_000);
const CONSUMERS = 5;
const FILES_EACH = 6;
const ACTIONS: readonly FaultAction[] = [
  'drop-before',
  'drop-after',
  { closeCode: 4401 },
  { closeCode: 4407 },
  { closeCode: 1006 },
  { closeCode: 1011 },
  { delayMs: 30 },
  { error: { code: 429 } },
  { error: { code: 503 } },
];
const POINTS = [
  'socket',
  'request:GetClock',
  'request:cqm.SubscribeExConversations',
  'request:cm.ConsumerRequestConversation',
  'request:ms.GenerateURLForUploadFile',
  'request:ms.PublishEvent',
  'request:ms.PublishEvent',
  'request:ms.SubscribeMessagingEvents',
];

let sandbox: SandboxHandle;
let stateDir: string;
let liveperson: LivePerson;
let account: AccountAddress;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'ferry-chaos-'));
  sandbox = await startSandbox({ port: 0, stateDir });
  account = { accountId: '12345678', domain: `127.0.0.1:${sandbox.port}`, plaintext: true, trustedHosts: [] };
  liveperson = createLivePerson({ requestTimeoutMs: 2_000 });
});

afterAll(async () => {
  await liveperson?.close();
  await sandbox?.close();
  await rm(stateDir, { recursive: true, force: true });
});

/** Mulberry32: small, seeded, good enough to pick faults. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Tries until it succeeds, as Temporal does; sooner, for the sake of the test. `token expired` is a fault here too. */
async function persistently<T>(attempt: (number: number) => Promise<T>): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await attempt(number);
    } catch (error) {
      if (!isFerryError(error) || number > 60) throw error;
      const pauseMs = error.details['heldBack'] === true ? (error.retryAfterMs ?? 0) : 5;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

async function openConversation(token: ConsumerToken): Promise<string> {
  return persistently(async () => {
    const session = liveperson.session(account, token);
    const open = (await session.conversations()).find((conversation) => conversation.state === 'OPEN');
    return (open ?? (await session.createConversation({ skillId: '-1' }))).conversationId;
  });
}

async function sendFile(token: ConsumerToken, conversationId: string): Promise<string> {
  const session = () => liveperson.session(account, token);
  const url = await persistently(() => session().requestUploadUrl({ sizeBytes: 4, fileType: 'PNG' }));
  const { relativePath } = url;
  const put = await fetch(`${sandbox.url}${relativePath}?${new URLSearchParams(url.queryParams).toString()}`, {
    method: 'PUT',
    body: 'abcd',
  });
  if (put.status !== 201) throw new Error(`PUT was answered ${put.status}.`);
  const where = { conversationId, dialogId: conversationId, relativePath };
  await persistently(async (number) => {
    // A certain first try need not look; nobody else knows the path.
    const look = { ...where, relativePaths: [relativePath], fromSeq: 0, quietMs: 100 };
    const found = number === 1 ? [] : await liveperson.findFileMessages(account, token, look);
    if (found.length === 0) await session().publishFile({ ...where, fileType: 'PNG', caption: '' });
  });
  return relativePath;
}

async function admin(path: string, init?: RequestInit): Promise<unknown> {
  const answer = await fetch(`${sandbox.url}/_sandbox/${path}`, init);
  const text = await answer.text();
  return text === '' ? null : JSON.parse(text);
}

it(`every file is published exactly once into one conversation a consumer, with faults at every point (seed ${SEED})`, async () => {
  await liveperson.ensureFileSharing(account, { kind: 'password', username: 'ops', password: 'sandbox' }, true);
  const random = randomOf(SEED);
  const rules = Array.from({ length: 60 }, () => {
    const at = POINTS[random(POINTS.length)] ?? 'socket';
    const action = ACTIONS[random(ACTIONS.length)] ?? 'drop-after';
    // An upgrade has no code to be refused with but an HTTP status.
    return {
      at,
      do: at === 'socket' && typeof action === 'object' && 'error' in action ? { status: 503 } : action,
      times: 1,
    };
  });
  await admin('faults', {
    method: 'POST',
    body: JSON.stringify(rules),
    headers: { 'content-type': 'application/json' },
  });
  const sent = await Promise.all(
    Array.from({ length: CONSUMERS }, async () => {
      const token = await liveperson.consumerToken(account, { kind: 'signup' });
      const conversationId = await openConversation(token);
      return Promise.all(Array.from({ length: FILES_EACH }, () => sendFile(token, conversationId)));
    }),
  );
  const messages = (await admin('messages')) as { relativePath?: string }[];
  const published = messages.flatMap(({ relativePath }) => (relativePath === undefined ? [] : [relativePath]));
  expect(published.toSorted()).toEqual(sent.flat().toSorted());
  expect(await admin('conversations')).toHaveLength(CONSUMERS);
}, 60_000);
