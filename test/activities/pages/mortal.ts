import type { ActivityDeps } from '../../../src/activities';
import type { ConsumerSession } from '../../../src/liveperson/types';
import type { Storage } from '../../../src/storage/types';

/** A worker's life: it ends at one of the boundaries that the worker comes to, numbered from 1. */
export interface Life {
  /** How many boundaries were met. */
  readonly met: () => number;
  /** Resolves when the worker is dead. */
  readonly ended: Promise<'dead'>;
  /** Details that the server has acknowledged last. */
  readonly told: () => unknown;
  /** Ends whatever stands still. */
  readonly bury: () => void;
  /** What this worker does, has no effect and no answer after its end. */
  readonly mortal: (deps: ActivityDeps) => ActivityDeps;
}

/**
 * Everything that has an effect outside of the process has a boundary before it and one behind it. A dead worker stands
 * still at its next boundary forever; its running requests go on, as do bytes that have left.
 */
export function lifeUntil(boundary: number): Life {
  let met = 0;
  let isDead = false;
  let told: unknown;
  let end: (how: 'dead') => void = () => undefined;
  const ended = new Promise<'dead'>((resolve) => {
    end = resolve;
  });
  let bury: (reason: Error) => void = () => undefined;
  const never = new Promise<never>((_, reject) => {
    bury = reject;
  });
  never.catch(() => undefined);
  const step = async (): Promise<void> => {
    met += 1;
    if (met === boundary) {
      isDead = true;
      end('dead');
    }
    if (isDead) await never;
  };
  const guard =
    <Args extends readonly unknown[], Out>(work: (...args: Args) => Promise<Out>) =>
    async (...args: Args): Promise<Out> => {
      await step();
      const result = await work(...args);
      await step();
      return result;
    };
  const mortalSession = (session: ConsumerSession): ConsumerSession => ({
    ...session,
    requestUploadUrl: guard((file, options) => session.requestUploadUrl(file, options)),
    requestDownloadUrl: guard((path, options) => session.requestDownloadUrl(path, options)),
    publishFile: guard((request) =>
      session.publishFile({
        ...request,
        permit() {
          if (isDead) throw new Error('the worker is dead');
          request.permit?.();
        },
      }),
    ),
  });
  const mortalConsumers = (consumers: ActivityDeps['consumers']): ActivityDeps['consumers'] => {
    const mortal: Pick<typeof consumers, 'session' | 'as'> = {
      session: (identity, token) => mortalSession(consumers.session(identity, token)),
      as: (identity, work, signal) => consumers.as(identity, (session) => work(mortalSession(session)), signal),
    };
    return Object.assign(Object.create(consumers) as typeof consumers, mortal);
  };
  const mortalStorage = (storage: Storage): Storage => ({
    ...storage,
    upload: guard((options) => storage.upload(options)),
    head: guard((url, signal) => storage.head(url, signal)),
  });
  return {
    met: () => met,
    ended,
    told: () => told,
    bury: () => bury(new Error('the worker is dead')),
    mortal(deps) {
      const access = deps.account('acme');
      const { consumers, ledger, receipts } = deps;
      const storage = mortalStorage(access.storage);
      return {
        ...deps,
        account: () => ({ ...access, storage }),
        consumers: mortalConsumers(consumers),
        ledger: {
          ...ledger,
          claim: guard((...intents) => ledger.claim(...intents)),
          withdraw: guard((...intents) => ledger.withdraw(...intents)),
          deliver: guard((delivered) => ledger.deliver(delivered)),
        },
        receipts: { keep: guard((...inputs) => receipts.keep(...inputs)) },
        confirmHeartbeat: guard((_token, details) => {
          told = details;
          return Promise.resolve();
        }),
      };
    },
  };
}
