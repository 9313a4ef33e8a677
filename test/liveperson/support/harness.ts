import { createLivePerson, type LivePerson, type LivePersonOptions, type LogEntry } from '../../../src/liveperson';
import { FerryError, type ErrorCode } from '../../../src/errors';
import { startStub, type Stub } from './stub';

/** A stub and a library that are gone after the test, however it ends. */
export interface Harness {
  readonly stub: Stub;
  readonly liveperson: LivePerson;
  readonly logged: LogEntry[];
  /** Another library, as another process would have it. */
  readonly another: (options?: LivePersonOptions) => LivePerson;
}

const cleanups: (() => Promise<void>)[] = [];

export async function setUp(options: LivePersonOptions = {}, tls?: Parameters<typeof startStub>[0]): Promise<Harness> {
  const stub = await startStub(tls);
  const logged: LogEntry[] = [];
  const another = (more: LivePersonOptions = {}): LivePerson => {
    const made = createLivePerson({ log: (entry) => logged.push(entry), ...more });
    cleanups.push(() => made.close());
    return made;
  };
  cleanups.push(() => stub.stop());
  return { stub, logged, another, liveperson: another(options) };
}

/** Register with `afterEach`. */
export async function tearDown(): Promise<void> {
  const all = cleanups.splice(0).reverse();
  await Promise.all(all.map((cleanup) => cleanup()));
}

/** The error that the promise must fail with. */
async function failure(promise: Promise<unknown>): Promise<FerryError> {
  const error: unknown = await promise.then(
    (value) => new Error(`Nothing failed; the answer was ${JSON.stringify(value)}.`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof FerryError)) throw error;
  return error;
}

export async function failsWith(promise: Promise<unknown>, code: ErrorCode): Promise<FerryError> {
  const error = await failure(promise);
  expect({ code: error.code, message: error.message }).toEqual({ code, message: error.message });
  return error;
}

/** Waits for a condition, at most two seconds unless told otherwise. */
export async function until(condition: () => boolean, what: string, withinMs = 30_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Waited in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
