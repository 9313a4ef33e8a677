/** Page activities on a real sandbox, with a real ledger and real receipts, without Temporal. */
import { mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { startSandbox } from '../../../sandbox';
import type { SandboxHandle } from '../../../sandbox/types';
import { createHostActivities, createIoActivities, type ActivityDeps } from '../../../src/activities';
import type { DeliverPageResult, Identity, JobLine, JobPage, PublishPageInput } from '../../../src/contract';
import { openLedger, type Ledger } from '../../../src/ledger';
import { createLivePerson } from '../../../src/liveperson';
import type { AccountAddress, ConsumerToken, LivePerson } from '../../../src/liveperson/types';
import { createStorage } from '../../../src/storage';
import type { Storage } from '../../../src/storage/types';
import { keepReceipts } from '../../../src/worker/keep-receipts';
import { makeAuditKey, openBooks } from '../../../src/evidence';
import { sandboxView, type SandboxView } from '../../chaos/kit/sandbox-view';
import { writeJpeg } from '../../end-to-end/pictures';
import { fakeDeps } from '../support';

export interface Stage {
  readonly directory: string;
  readonly url: string;
  readonly port: number;
  readonly view: SandboxView;
  readonly ledger: Ledger;
  /** A worker of its own: what it knows is lost with it. */
  worker(change?: (deps: ActivityDeps) => ActivityDeps): Worker;
  page(lines: readonly JobLine[], changes?: Partial<JobPage>): JobPage;
  /** Writes pictures, and makes the lines of them. */
  lines(count: number, prefix?: string): Promise<JobLine[]>;
  close(): Promise<void>;
}

export type Worker = ReturnType<typeof createIoActivities> &
  ReturnType<typeof createHostActivities> & { readonly deps: ActivityDeps };

export async function openStage(): Promise<Stage> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'ferry-pages-')));
  const sandbox = await startSandbox({ port: 0, stateDir: join(directory, 'sandbox') });
  const ledger = openLedger(join(directory, 'ledger'));
  const opened: { readonly liveperson: LivePerson; readonly storage: Storage }[] = [];
  const token = await signUp(sandbox);
  makeAuditKey(directory);
  const books = openBooks({ stateDir: directory, anchorFile: null, onAnchorFailure: () => undefined });
  return {
    directory,
    url: sandbox.url,
    port: sandbox.port,
    view: sandboxView(sandbox.port, 30_000),
    ledger,
    worker(change = (deps) => deps) {
      const liveperson = createLivePerson();
      const storage = createStorage();
      opened.push({ liveperson, storage });
      const base = fakeDeps({});
      const address = addressOf(sandbox);
      const access = { ...base.account('acme'), address, storage };
      const deps = change({
        ...base,
        account: () => access,
        liveperson: { ...liveperson, findFileMessages: impatient(liveperson) },
        consumers: consumersOf(liveperson, address, () => Promise.resolve(token)),
        receipts: keepReceipts(books, ledger, base.log),
        audit: { keep: (entries) => books.keepAudit(entries) },
        ledger,
      });
      return { ...createIoActivities(deps), ...createHostActivities(deps), deps };
    },
    page: (lines, changes = {}) => ({
      jobId: 'acme-jan-1',
      pass: 1,
      page: 0,
      account: 'acme',
      consumer: 'ops',
      conversationId: null,
      verify: false,
      ...changes,
      lines,
    }),
    lines: (count, prefix = 'a') =>
      Promise.all(Array.from({ length: count }, (_, index) => lineOf(directory, `${prefix}${index + 1}`, index + 2))),
    async close() {
      for (const { liveperson, storage } of opened) await Promise.all([liveperson.close(), storage.close()]);
      await books.close();
      await ledger.close();
      await sandbox.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function lineOf(directory: string, name: string, line: number): Promise<JobLine> {
  const source = await writeJpeg(join(directory, `${name}.jpg`));
  const { size, mtimeMs, ino } = await stat(source);
  const transferId = `acme-${name}`;
  return {
    line,
    source,
    sizeBytes: size,
    mtimeMs,
    inode: ino,
    caption: name,
    fetchTo: null,
    transferId,
    sendKey: `key-${name}`,
  };
}

/** The sandbox says at once what there is: a shorter quiet is enough. */
function impatient(liveperson: LivePerson): LivePerson['findFileMessages'] {
  return (account, token, request) => liveperson.findFileMessages(account, token, { ...request, quietMs: 200 });
}

function addressOf({ port }: SandboxHandle): AccountAddress {
  return { accountId: '12345678', domain: `127.0.0.1:${port}`, plaintext: true, trustedHosts: [] };
}

/** The one consumer of a stage is known to all its workers, as if by its workflow. */
async function signUp(sandbox: SandboxHandle): Promise<ConsumerToken> {
  const liveperson = createLivePerson();
  const credentials = { kind: 'password', username: 'ops', password: 'sandbox' } as const;
  await liveperson.ensureFileSharing(addressOf(sandbox), credentials, true);
  const token = await liveperson.consumerToken(addressOf(sandbox), { kind: 'signup' });
  await liveperson.close();
  return token;
}

function consumersOf(
  liveperson: LivePerson,
  address: AccountAddress,
  token: () => Promise<ConsumerToken>,
): ActivityDeps['consumers'] {
  const sequences = new Map<string, number>();
  const conversation = async (_identity: Identity, closed: readonly string[]) => {
    const session = liveperson.session(address, await token());
    const open = (await session.conversations()).find(
      (known) => known.state === 'OPEN' && !closed.includes(known.conversationId),
    );
    if (open !== undefined) return { conversationId: open.conversationId, dialogId: open.dialogId };
    const { conversationId } = await session.createConversation({ skillId: '-1' });
    return { conversationId, dialogId: conversationId };
  };
  const directory: Pick<
    ActivityDeps['consumers'],
    'token' | 'renew' | 'as' | 'session' | 'conversation' | 'lastSequence' | 'sawSequence'
  > = {
    token,
    renew: () => Promise.reject(new Error('the token was refused')),
    as: async (_identity, work) => work(liveperson.session(address, await token())),
    session: (_identity, given) => liveperson.session(address, given),
    conversation,
    lastSequence: (_identity, dialogId) => sequences.get(dialogId) ?? 0,
    sawSequence: (_identity, dialogId, sequence) =>
      void sequences.set(dialogId, Math.max(sequence, sequences.get(dialogId) ?? 0)),
  };
  return directory as ActivityDeps['consumers'];
}

/** As one attempt of an activity. */
export function attempt<In, Out>(
  activity: (input: In) => Promise<Out>,
  input: In,
  info: { attempt?: number; heartbeatDetails?: unknown } = {},
): Promise<Out> {
  return new MockActivityEnvironment({ attempt: 1, ...info }, { logger: new DefaultLogger('ERROR') }).run(
    activity,
    input,
  );
}

/** As Temporal does it: attempts until one ends well, each after the pause that the one before asked for. */
export async function untilDone<In, Out>(
  activity: (input: In) => Promise<Out>,
  input: In,
  clock: { shift(byMs: number): void },
  mostAttempts = 5,
  first: { readonly attempt: number; readonly heartbeatDetails?: unknown } = { attempt: 1 },
): Promise<Out> {
  for (let number = first.attempt; ; number += 1) {
    try {
      return await attempt(activity, input, { ...first, attempt: number });
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || error.nonRetryable === true) throw error;
      if (number - first.attempt > mostAttempts) throw error;
      clock.shift(Number(error.nextRetryDelay ?? 0));
    }
  }
}

export function toPublish(
  { lines: _lines, ...page }: JobPage,
  { opened, delivered, startedAt = '' }: DeliverPageResult,
  changes: Partial<PublishPageInput> = {},
): PublishPageInput {
  if (opened === null) throw new Error('nothing was delivered');
  return { page, host: 'h', opened, lines: delivered, lookFirst: false, settledAt: null, startedAt, ...changes };
}
