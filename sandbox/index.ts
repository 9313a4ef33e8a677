/** A LivePerson and a Swift of our own to try things on: everything on one port of this machine. */
import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';

import { FaultList } from './faults';
import { JournalFile } from './journal';
import { LoadGauges } from './load';
import { createMessaging } from './messaging';
import { RequestJournal } from './request-log';
import { SandboxError, messageOf } from './sandbox-error';
import { SandboxServer } from './server';
import { lockState } from './state-lock';
import { connectSwift } from './swift/real-swift';
import { openStorage, type Storage, type StorageOptions } from './storage/own-storage';
import { serverIdentity } from './tls/authority';
import type { SandboxHandle, SandboxOptions } from './types';

export { SandboxError } from './sandbox-error';
export type { FaultAction, FaultPoint, FaultRule, RequestRecord, SandboxHandle, SandboxOptions } from './types';

/** The sandbox's one LivePerson account, and with it the container in storage. */
const SANDBOX_ACCOUNT_ID = '12345678';

const DEFAULT_URL_LIFE_SECONDS = 60;
const DEFAULT_MAX_BYTES = 3 * 1024 * 1024;
const DEFAULT_TYPES: readonly string[] = ['JPG', 'JPEG', 'PNG', 'GIF'];

/** For tests of the sandbox itself. */
export interface SandboxTuning {
  /** Storage gives up a client that moves nothing for this long. @default 60000, as Swift does */
  readonly clientTimeoutMs?: number;
}

/**
 * Starts a sandbox; ready when it resolves. What earlier ones acknowledged in the same state directory is there again.
 * @throws SandboxError with a full sentence: port busy, state in use or damaged, the real Swift refuses the key
 */
export async function startSandbox(options: SandboxOptions, tuning: SandboxTuning = {}): Promise<SandboxHandle> {
  checkOptions(options);
  await mkdir(options.stateDir, { recursive: true });
  const stateDir = await realpath(options.stateDir);
  const undo = new UndoList();
  try {
    const lock = await lockState(stateDir);
    undo.push(() => lock.release());
    return await startLocked({ ...options, ...tuning }, stateDir, undo);
  } catch (error) {
    await undo.run();
    throw error;
  }
}

async function startLocked(
  options: SandboxOptions & SandboxTuning,
  stateDir: string,
  undo: UndoList,
): Promise<SandboxHandle> {
  const log = options.log ?? (() => undefined);
  const load = new LoadGauges();
  const faults = new FaultList(load);
  const requests = new RequestJournal();
  const entries: unknown[] = [];
  const journal = await JournalFile.open(join(stateDir, 'journal.jsonl'), (entry) => entries.push(entry));
  undo.push(() => journal.close());
  const storage = await storageFor(options, { accountId: SANDBOX_ACCOUNT_ID, stateDir, journal, entries, faults, log });

  let selfHost = '';
  const messagingDeps = {
    accountId: SANDBOX_ACCOUNT_ID,
    selfHost: () => selfHost,
    storageHost: () => storage.host ?? selfHost,
    rules: { types: options.types ?? DEFAULT_TYPES, maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES },
    faults,
    requests,
    load,
    journal,
    urls: storage.urls,
    objects: storage.objects,
  };
  const messaging = createMessaging(messagingDeps, { propertyDelayMs: (options.propertyDelaySeconds ?? 0) * 1000 });
  for (const entry of entries.splice(0)) messaging.replay(entry);

  const pages = {
    faults,
    messages: () => messaging.messages(),
    conversations: () => messaging.conversations(),
    objects: () => storage.list(),
    requests: () => requests.all(),
    load,
  };
  const identity = options.tls === true ? await serverIdentity(stateDir) : null;
  const server = new SandboxServer({
    identity,
    messaging,
    faults,
    requests,
    load,
    pages,
    storage: storage.handle,
    log,
  });
  undo.push(() => server.close());
  // Before the server: sockets get their close frames.
  undo.push(() => messaging.close());
  const port = await server.listen(options.port);
  selfHost = `127.0.0.1:${port}`;
  const scheme = identity === null ? 'http' : 'https';
  return { url: `${scheme}://${selfHost}`, port, caFile: identity?.caFile ?? null, close: () => undo.run() };
}

type StorageBase = Omit<StorageOptions, 'urlLifeSeconds' | 'clientTimeoutMs'>;

function storageFor(options: SandboxOptions & SandboxTuning, base: StorageBase): Promise<Storage> {
  const urlLifeSeconds = options.urlLifeSeconds ?? DEFAULT_URL_LIFE_SECONDS;
  return options.swift === undefined
    ? openStorage({ ...base, urlLifeSeconds, clientTimeoutMs: options.clientTimeoutMs })
    : connectSwift({ ...base, urlLifeSeconds, ...options.swift });
}

function checkOptions(options: SandboxOptions): void {
  const { urlLifeSeconds: life, propertyDelaySeconds: delay, maxBytes, types } = options;
  if (life !== undefined && !(Number.isFinite(life) && life > 0)) {
    throw new SandboxError(`The life of a signed URL is a number of seconds above 0, not ${life}.`);
  }
  if (delay !== undefined && !(Number.isFinite(delay) && delay >= 0)) {
    throw new SandboxError(`The delay of site properties is a number of seconds, not ${delay}.`);
  }
  if (maxBytes !== undefined && !(Number.isSafeInteger(maxBytes) && maxBytes > 0)) {
    throw new SandboxError(`The largest file is a whole number of bytes above 0, not ${maxBytes}.`);
  }
  if (types?.length === 0) throw new SandboxError('The list of file types is empty.');
}

/** What was started, ended in reverse order; once, however often it is asked for. */
class UndoList {
  private steps: (() => Promise<void>)[] = [];
  private running: Promise<void> | null = null;

  push(step: () => Promise<void>): void {
    this.steps.push(step);
  }

  run(): Promise<void> {
    this.running ??= this.runAll();
    return this.running;
  }

  private async runAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.steps.toReversed()) await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0)
      throw new SandboxError(`The sandbox did not end cleanly: ${failures.map(messageOf).join(' ')}`);
  }
}
