import type { FerryClient, TransferStatus } from '../../../src/client/types';
import { FerryError, type ErrorCode } from '../../../src/errors';
import { EXIT } from '../../../src/cli/shared/exit-codes';
import { cancelling } from '../../../src/cli/cancel/run';
import { createOutput } from '../../../src/cli/shared/output/output';
import { checkWhom, steerAny, type Steer, type SteerOptions } from '../../../src/cli/shared/steer/steer';
import { tellCommand } from '../../../src/cli/shared/steer/tell';
import { fakeClient, statusOf } from '../support/fake-client';
import { documents, fakeIo, type FakeIo } from '../support/fake-io';

function parked(transferId: string, code: ErrorCode): TransferStatus {
  return statusOf(transferId, { state: 'parked', error: { code, message: 'Why.', remedy: 'What.' } });
}

const found = [parked('a', 'DISK_FULL'), parked('b', 'CREDENTIALS_REFUSED'), parked('c', 'DISK_FULL')];

/** Retries with a client that knows these transfers, and says which were meant. */
async function retry(
  io: FakeIo,
  options: SteerOptions,
  words: readonly string[] = [],
  refuse: Readonly<Record<string, ErrorCode>> = {},
) {
  const meant: string[] = [];
  const client: FerryClient = {
    ...fakeClient({ list: found }),
    retry: async (id) => {
      const code = refuse[id];
      if (code !== undefined) throw new FerryError(code, `Not ${id}.`);
      meant.push(id);
      return { taken: 'now' };
    },
  };
  const environment = { io, output: createOutput(io, true), flags: {} };
  const steer: Steer = {
    title: 'Retry',
    states: ['parked'],
    act: async (acting, id) => tellCommand(environment, acting, id, await acting.retry(id), 'Retried'),
  };
  return { code: await steerAny(environment, client, options, words, steer), meant: meant.sort() };
}

function terminal(answer: string): FakeIo {
  const io = fakeIo({ tty: true, stdin: answer });
  Object.assign(io.stdin, { isTTY: true });
  return io;
}

test('Every transfer that is named is meant once, and told as a status document.', async () => {
  const io = fakeIo();
  expect(await retry(io, {}, ['a', 'b', 'a'])).toEqual({ code: EXIT.done, meant: ['a', 'b'] });
  expect(documents(io).map(({ type, transferId }) => [type, transferId])).toEqual([
    ['status', 'a'],
    ['status', 'b'],
  ]);
});

test('A command that names nobody, or names and filters at once, is refused.', () => {
  expect(() => checkWhom({}, [])).toThrow(expect.objectContaining({ code: 'USAGE' }));
  expect(() => checkWhom({ yes: true }, [])).toThrow(expect.objectContaining({ code: 'USAGE' }));
  expect(() => checkWhom({ all: true }, ['a'])).toThrow(expect.objectContaining({ code: 'USAGE' }));
  expect(() => checkWhom({ all: true, reason: 'no-such' }, [])).toThrow(expect.objectContaining({ code: 'USAGE' }));
  for (const options of [{ all: true }, { account: 'acme' }, { reason: 'disk_full' }]) {
    expect(() => checkWhom(options, [])).not.toThrow();
  }
});

test('A filter asks with a number before it does anything; only a yes is a yes.', async () => {
  for (const answer of ['y\n', 'YES\n']) {
    const io = terminal(answer);
    expect(await retry(io, { all: true })).toEqual({ code: EXIT.done, meant: ['a', 'b', 'c'] });
    expect(io.err()).toContain('3 transfers match. Retry? [y/N] ');
  }
  for (const answer of ['n\n', '\n', 'yo\n', '']) {
    expect(await retry(terminal(answer), { all: true })).toEqual({ code: EXIT.done, meant: [] });
  }
});

test('Where nobody can be asked, a filter needs --yes.', async () => {
  await expect(retry(fakeIo(), { all: true })).rejects.toMatchObject({ code: 'USAGE' });
  expect((await retry(fakeIo(), { all: true, yes: true })).meant).toEqual(['a', 'b', 'c']);
});

test('A reason narrows the filter, in whatever case it is typed; without a match the command succeeds.', async () => {
  expect((await retry(fakeIo(), { reason: 'disk_full', yes: true })).meant).toEqual(['a', 'c']);
  const io = fakeIo();
  expect(await retry(io, { all: true, reason: 'TOO_LARGE' })).toEqual({ code: EXIT.done, meant: [] });
  expect(io.err()).toContain('No transfer matches');
});

test('One that refuses does not keep the others: wrong where it was named, skipped where a filter found it.', async () => {
  const refuse = { b: 'COMMAND_IMPOSSIBLE' } as const;
  const named = fakeIo();
  expect(await retry(named, {}, ['a', 'b', 'c'], refuse)).toEqual({ code: EXIT.usage, meant: ['a', 'c'] });
  expect(documents(named).filter(({ type }) => type === 'error')).toEqual([
    expect.objectContaining({ error: expect.objectContaining({ code: 'COMMAND_IMPOSSIBLE', transferId: 'b' }) }),
  ]);
  expect(await retry(fakeIo(), { all: true, yes: true }, [], refuse)).toEqual({ code: EXIT.failed, meant: ['a', 'c'] });
});

test('When Temporal goes away nothing more is tried.', async () => {
  const refuse = { a: 'TEMPORAL_UNREACHABLE', b: 'TEMPORAL_UNREACHABLE', c: 'TEMPORAL_UNREACHABLE' } as const;
  expect(await retry(fakeIo(), { all: true, yes: true }, [], refuse)).toEqual({ code: EXIT.unreachable, meant: [] });
});

test.each([
  ['no worker answers', { stale: true }],
  ['its host has no worker', { state: 'waiting', error: { code: 'NO_WORKER', message: 'Why.', remedy: 'What.' } }],
] as const)(
  'A cancel that nobody can obey, because %s, is told without waiting for its end.',
  async (_why, changes) => {
    const io = fakeIo();
    const given: string[] = [];
    const client: FerryClient = {
      ...fakeClient({ status: (id) => statusOf(id, changes) }),
      cancel: async (id) => void given.push(id),
    };
    const environment = { io, output: createOutput(io, true), flags: {} };
    const begunAt = performance.now();
    expect(await steerAny(environment, client, {}, ['a', 'b'], cancelling(environment, {}))).toBe(EXIT.done);
    // All of them together: the 2 s in which a worker would have obeyed, and some for a machine that is busy.
    expect(performance.now() - begunAt).toBeLessThan(4000);
    expect(given.sort()).toEqual(['a', 'b']);
    expect(documents(io)).toHaveLength(2);
  },
);

test('A cancel that waits for a worker says that Temporal keeps it.', async () => {
  const io = fakeIo();
  const client: FerryClient = {
    ...fakeClient({ status: (id) => statusOf(id, { stale: true }) }),
    cancel: async () => undefined,
  };
  const environment = { io, output: createOutput(io, true), flags: {} };
  await steerAny(environment, client, {}, ['a'], cancelling(environment, {}));
  expect(io.err()).toContain('it takes effect as soon as a worker serves the transfer');
});
