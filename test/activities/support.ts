import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { ByteSlots, Pacer, Previews, SharingKnown, type ActivityDeps } from '../../src/activities';
import { NO_METER } from '../../src/metrics';
import { makeSealKey, parseSealKeys, sealer } from '../../src/secrets';
import { signedUrl } from '../../src/storage';
import type { Storage } from '../../src/storage/types';
import { accountConfig } from '../support/account';

const account = accountConfig({ domain: '127.0.0.1:1', plaintext: true, enableFileSharing: true, practice: true });

function notInThisTest(what: string): () => never {
  return () => {
    throw new Error(`${what} is not expected to be called in this test`);
  };
}

export interface FakeParts {
  readonly storage?: Partial<Storage>;
  readonly liveperson?: Partial<ActivityDeps['liveperson']>;
  readonly consumers?: Partial<ActivityDeps['consumers']>;
  readonly receipts?: ActivityDeps['receipts']['keep'];
  readonly audit?: ActivityDeps['audit']['keep'];
  /** @default an empty one that forgets what it is told */
  readonly ledger?: Partial<ActivityDeps['ledger']>;
  readonly jobs?: Partial<ActivityDeps['jobs']>;
  /** @default false */
  readonly isOnlyLedger?: boolean;
  readonly confirmHeartbeat?: ActivityDeps['confirmHeartbeat'];
}

/** Dependencies of which a test gives what it needs; everything else fails loudly when it is called. */
export function fakeDeps(parts: FakeParts): ActivityDeps {
  const { storage, liveperson, consumers, receipts, audit, ledger, jobs, confirmHeartbeat } = parts;
  const strict = <T extends object>(name: string, given: Partial<T> | undefined): T =>
    new Proxy((given ?? {}) as T, {
      get: (target, key) => Reflect.get(target, key) ?? notInThisTest(`${name}.${String(key)}`),
    });
  return {
    account: () => ({
      config: account,
      address: { accountId: '12345678', domain: '127.0.0.1:1', plaintext: true, trustedHosts: [] },
      storage: strict<Storage>('storage', { now: () => Date.now(), skewMs: () => null, ...storage }),
      adminCredentials: () => null,
      consumerCredentials: () => Promise.resolve({ kind: 'signup' }),
    }),
    liveperson: strict('liveperson', liveperson),
    sealer: sealer(parseSealKeys(makeSealKey())),
    consumers: strict('consumers', consumers),
    pacer: new Pacer(),
    sharing: new SharingKnown(),
    slots: new ByteSlots(2),
    previews: new Previews(),
    receipts: { keep: receipts ?? notInThisTest('receipts.keep') },
    audit: { keep: audit ?? notInThisTest('audit.keep') },
    ledger: {
      ofTransfer: () => Promise.resolve({ intents: [], receipts: [], delivered: null }),
      ofTransfers: (ids) => Promise.resolve(ids.map(() => ({ intents: [], receipts: [], delivered: null }))),
      bornAt: () => Promise.resolve(0),
      lastSequence: () => Promise.resolve(0),
      sentUnder: () => Promise.resolve([]),
      claim: (...intents) => Promise.resolve(intents.map(() => ({ kind: 'claimed' as const }))),
      withdraw: () => Promise.resolve(),
      deliver: () => Promise.resolve(),
      ...ledger,
    },
    jobs: strict('jobs', jobs),
    confirmHeartbeat: confirmHeartbeat ?? (() => Promise.resolve()),
    isOnlyLedger: parts.isOnlyLedger ?? false,
    anyPathAllowed: true,
    log: { warn: () => undefined },
    meter: NO_METER,
    notices: { tell: notInThisTest('notices.tell'), deliver: notInThisTest('notices.deliver') },
    signedUrl: (parts) => signedUrl(parts),
  };
}

/** Runs an activity as the given attempt; what it heartbeats is collected. */
export async function runAttempt<In, Out>(
  activity: (input: In) => Promise<Out>,
  input: In,
  info: { attempt?: number; heartbeatDetails?: unknown } = {},
): Promise<Out> {
  return await new MockActivityEnvironment({ attempt: 1, ...info }, { logger: new DefaultLogger('ERROR') }).run(
    activity,
    input,
  );
}

export async function failureOf(result: Promise<unknown>): Promise<ApplicationFailure> {
  const thrown: unknown = await result.then(
    () => 'no failure',
    (error: unknown) => error,
  );
  if (!(thrown instanceof ApplicationFailure)) throw new Error(`expected an ApplicationFailure, got ${String(thrown)}`);
  return thrown;
}
