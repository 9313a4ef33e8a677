import { join } from 'node:path';
import type { ApplicationFailure } from '@temporalio/common';
import { createHostActivities } from '../../src/activities';
import type { PublishInput } from '../../src/contract';
import { FerryError } from '../../src/errors';
import { keptReceipt, openLedger, type Ledger } from '../../src/ledger';
import type { ConsumerSession, LookRequest, PublishFileRequest } from '../../src/liveperson/types';
import { intentOf, keptOf, ownDirectory } from '../ledger/support';
import { shiftableClock } from './pages/clock';
import { failureOf, fakeDeps, runAttempt } from './support';

const PATH = '/v1/AUTH_a/c/second.JPG';
const directory = ownDirectory();
let ledger: Ledger;
beforeEach(() => {
  ledger = openLedger(join(directory.path(), 'ledger'));
});
afterEach(() => ledger.close());

function inputOf(changes: Partial<PublishInput> = {}): PublishInput {
  const { conversationId: _c, dialogId: _d, sequence: _s, finishedAt: _f, ...receipt } = keptOf('t').receipt;
  return {
    account: 'acme',
    consumer: 'ops',
    transferId: 't',
    opened: { conversationId: 'c1', dialogId: 'd1', consumerId: 'sub', lastSequence: 9 },
    file: {
      source: '/none/plan.jpg',
      name: 'plan.jpg',
      sizeBytes: 5,
      mtimeMs: 1,
      inode: 1,
      fileType: 'JPG',
      notes: [],
    },
    relativePath: PATH,
    caption: '',
    lookFirst: false,
    lookOnly: false,
    settledAt: null,
    sendKey: 't',
    receipt: { ...receipt, relativePath: PATH },
    ...changes,
  };
}

interface Service {
  /** Paths of the messages that are there. */
  readonly messages: string[];
  readonly looks: LookRequest[];
  /** What was durable in the ledger as a frame left. */
  readonly intentsAtSend: string[][];
}

function stage(refusesWith?: FerryError, isOnlyLedger = true, ofHost = ledger) {
  const service: Service = { messages: [], looks: [], intentsAtSend: [] };
  const publishFile = async ({
    beforeSend,
    permit,
    relativePath,
  }: PublishFileRequest): Promise<{ sequence: number }> => {
    await beforeSend?.();
    service.intentsAtSend.push((await ledger.ofTransfer('t')).intents.map((intent) => intent.relativePath));
    permit?.();
    if (refusesWith !== undefined) throw refusesWith;
    service.messages.push(relativePath);
    return { sequence: 20 };
  };
  const deps = fakeDeps({
    liveperson: {
      findFileMessages: (_account, _token, request) => {
        service.looks.push(request);
        const there = request.relativePaths.filter((path) => service.messages.includes(path));
        return Promise.resolve(there.map((relativePath) => ({ sequence: 12, originatorId: 'sub', relativePath })));
      },
    },
    consumers: {
      token: () => Promise.resolve({ jwt: 'j', consumerId: 'sub', expiresAt: null }),
      session: () => ({ publishFile }) as unknown as ConsumerSession,
      sawSequence: () => undefined,
    },
    receipts: (...all) => ledger.keep(...all.map(({ receipt, sendKey }) => keptReceipt(receipt, sendKey)!)),
    ledger: ofHost,
    isOnlyLedger,
  });
  return { service, publish: createHostActivities(deps).publish };
}

test('An intent is durable before the frame leaves, and the receipt before Temporal is told.', async () => {
  const { service, publish } = stage();
  await expect(runAttempt(publish, inputOf())).resolves.toMatchObject({ sequence: 20, receiptKept: true });
  expect(service.intentsAtSend).toEqual([[PATH]]);
  await expect(ledger.sentUnder('t')).resolves.toMatchObject([{ relativePath: PATH, sequence: 20 }]);
});

test('A receipt of the same transfer answers, with the path that was published.', async () => {
  const { receipt } = keptOf('t', { relativePath: '/v1/AUTH_a/c/first.JPG' });
  await ledger.keep({ receipt, sendKey: 't' });
  const { service, publish } = stage();
  await expect(runAttempt(publish, inputOf())).resolves.toEqual({
    sequence: 7,
    conversationId: 'c1',
    dialogId: 'd1',
    publishedAt: receipt.finishedAt,
    receiptKept: true,
    earlier: receipt,
  });
  expect(service).toEqual({ messages: [], looks: [], intentsAtSend: [] });
});

test('A receipt of another content under the same id does not answer.', async () => {
  await ledger.keep(keptOf('t', { md5: 'other' }));
  await ledger.claim(intentOf('t', { md5: 'other' }));
  const { service, publish } = stage();
  await expect(runAttempt(publish, inputOf())).resolves.toMatchObject({ sequence: 20 });
  expect(service.looks).toEqual([]);
});

test('The message of an earlier life is looked for from its own place on, and is not sent again.', async () => {
  await ledger.claim(intentOf('t', { relativePath: '/v1/AUTH_a/c/first.JPG', conversationId: 'c0', dialogId: 'd0' }));
  const { service, publish } = stage();
  service.messages.push('/v1/AUTH_a/c/first.JPG');
  await expect(runAttempt(publish, inputOf())).resolves.toMatchObject({
    sequence: 12,
    conversationId: 'c0',
    dialogId: 'd0',
    earlier: { relativePath: '/v1/AUTH_a/c/first.JPG', sequence: 12, conversationId: 'c0' },
  });
  expect(service.looks).toMatchObject([
    { conversationId: 'c0', dialogId: 'd0', fromSeq: 4, relativePaths: ['/v1/AUTH_a/c/first.JPG'] },
  ]);
  expect(service.messages).toHaveLength(1);
});

test('What lies in one dialog is looked for at once, the own path with it.', async () => {
  await ledger.claim(intentOf('t', { relativePath: '/v1/AUTH_a/c/first.JPG' }));
  const { service, publish } = stage();
  await runAttempt(publish, inputOf({ lookFirst: true }));
  expect(service.looks).toMatchObject([{ fromSeq: 4, relativePaths: ['/v1/AUTH_a/c/first.JPG', PATH] }]);
  expect(service.messages).toEqual([PATH]);
});

test('A look that finds nothing is not believed while a frame of an earlier life may still take effect.', async () => {
  await ledger.claim(intentOf('t', { relativePath: '/v1/AUTH_a/c/first.JPG', at: new Date().toISOString() }));
  const { service, publish } = stage();
  // An attempt that could not even ask the ledger tells only since when it failed.
  const heartbeatDetails = { failingSince: new Date().toISOString() };
  for (const info of [{}, { attempt: 2, heartbeatDetails }]) {
    const failure = await failureOf(runAttempt(publish, inputOf(), info));
    expect(failure).toMatchObject({ type: 'ANSWER_LOST', nonRetryable: false });
  }
  expect(service.messages).toEqual([]);
});

test('After a refusal nothing is looked for any more.', async () => {
  const refused = new FerryError('CONVERSATION_CLOSED', 'closed', {
    details: { operation: 'publish', answerCode: 400 },
  });
  await failureOf(runAttempt(stage(refused).publish, inputOf()));
  await expect(ledger.ofTransfer('t')).resolves.toMatchObject({ intents: [] });
  const { service, publish } = stage();
  await runAttempt(publish, inputOf());
  expect(service.looks).toEqual([]);
});

test('A ledger that cannot be asked holds the publish up.', async () => {
  await ledger.close();
  const { service, publish } = stage();
  expect(await failureOf(runAttempt(publish, inputOf()))).toMatchObject({
    type: 'LEDGER_UNAVAILABLE',
    nonRetryable: false,
  });
  expect(service.messages).toEqual([]);
  ledger = openLedger(join(directory.path(), 'ledger'));
});

describe('While a publish without an answer may still take effect, the wall clock is set', () => {
  const hour = 3_600_000;
  const lost = new FerryError('ANSWER_LOST', 'no answer', { details: { mayTakeEffectLater: true } });
  const clock = shiftableClock();
  afterAll(() => clock.restore());

  /** Attempts, each after the pause that the one before asked for, until a message is sent. The waited milliseconds. */
  async function msUntilSent(first: ApplicationFailure): Promise<number> {
    let failure = first;
    for (let waitedMs = 0, number = 2; ; number += 1) {
      const pauseMs = Number(failure.nextRetryDelay ?? 0);
      waitedMs += pauseMs;
      clock.shift(pauseMs);
      const [heartbeatDetails] = failure.details ?? [];
      const { service, publish } = stage();
      const attempt = runAttempt(publish, inputOf(), { attempt: number, heartbeatDetails });
      const outcome = await attempt.catch((error: ApplicationFailure) => error);
      if (service.messages.length > 0) return waitedMs;
      failure = outcome as ApplicationFailure;
    }
  }

  test.each([
    ['forward', hour],
    ['back', -hour],
  ])('%s: the next attempts neither send too early nor wait for the clock.', async (_way, byMs) => {
    const failure = await failureOf(runAttempt(stage(lost).publish, inputOf()));
    clock.setWall(byMs);
    const waitedMs = await msUntilSent(failure);
    expect([waitedMs > 55_000, waitedMs < 80_000]).toEqual([true, true]);
  });

  test('back, while the intent is written: the frame does not leave later than others believe.', async () => {
    const slow: Ledger = {
      ...ledger,
      async claim(...intents) {
        const claims = await ledger.claim(...intents);
        clock.shift(40_000);
        clock.setWall(-35_000);
        return claims;
      },
    };
    const { service, publish } = stage(undefined, true, slow);
    expect(await failureOf(runAttempt(publish, inputOf()))).toMatchObject({ type: 'STALLED' });
    expect(service.messages).toEqual([]);
  });

  test.each([
    ['forward', hour],
    ['back', -hour],
  ])('%s: another transfer of the file neither sends too early nor waits for the clock.', async (_way, byMs) => {
    await failureOf(runAttempt(stage(lost).publish, inputOf()));
    clock.setWall(byMs);
    const other = inputOf({ transferId: 'u', relativePath: '/v1/AUTH_a/c/other.JPG' });
    const { service, publish } = stage();
    expect(await failureOf(runAttempt(publish, other))).toMatchObject({ type: 'ALREADY_SENDING' });
    clock.shift(76_000);
    await runAttempt(publish, other);
    expect(service.messages).toEqual(['/v1/AUTH_a/c/other.JPG']);
  });
});

test('A look waits as long as the workflow says, whatever the clocks of two hosts say, and only once.', async () => {
  const { service, publish } = stage();
  // The host that published was four minutes behind.
  const input = inputOf({ lookFirst: true, settledAt: Date.now() - 240_000, settlesInMs: 40_000 });
  const failure = await failureOf(runAttempt(publish, input));
  expect(failure.type).toBe('ANSWER_LOST');
  expect(failure.nextRetryDelay).toBeGreaterThan(39_000);
  expect(service.messages).toEqual([]);
  const heartbeatDetails = { effect: 'none', unsettledUntil: null, refusedLooks: 0 };
  await expect(runAttempt(publish, input, { attempt: 3, heartbeatDetails })).resolves.toMatchObject({ sequence: 20 });
});

describe('A look whose time is only guessed', () => {
  const guessed = { lookFirst: true, lookOnly: true, settledAt: Date.now() + 75_000, isSettledAtGuessed: true };
  const justNow = () => ({ ...inputOf(guessed).receipt, startedAt: new Date(Date.now() + 1000).toISOString() });

  test('is believed at once where the ledger knows that no frame has left.', async () => {
    const { publish } = stage();
    await ledger.claim(intentOf('t'));
    await ledger.withdraw(intentOf('t'));
    await expect(runAttempt(publish, inputOf({ ...guessed, receipt: justNow() }))).resolves.toBeNull();
  });

  test('waits for an intent that is newer than the guess.', async () => {
    const { publish } = stage();
    await ledger.claim(intentOf('t', { at: new Date().toISOString() }));
    const early = { ...guessed, settledAt: Date.now() + 5000, settlesInMs: 5000 };
    const failure = await failureOf(runAttempt(publish, inputOf({ ...early, receipt: justNow() })));
    expect(failure.nextRetryDelay).toBeGreaterThan(70_000);
  });

  test('waits until the last intent has settled.', async () => {
    const { publish } = stage();
    await ledger.claim(intentOf('t', { at: new Date(Date.now() - 60_000).toISOString() }));
    const failure = await failureOf(runAttempt(publish, inputOf({ ...guessed, receipt: justNow() })));
    expect(failure.type).toBe('ANSWER_LOST');
    expect(failure.nextRetryDelay).toBeGreaterThan(10_000);
    expect(failure.nextRetryDelay).toBeLessThan(20_000);
  });

  test('waits to the end where another ledger may know more, or an older one was put aside.', async () => {
    await ledger.ofTransfer('t');
    const { publish: oneOfMany } = stage(undefined, false);
    const other = await failureOf(runAttempt(oneOfMany, inputOf({ ...guessed, receipt: justNow() })));
    expect(other.nextRetryDelay).toBeGreaterThan(60_000);
    const { publish: younger } = stage();
    const early = await failureOf(runAttempt(younger, inputOf(guessed)));
    expect(early.nextRetryDelay).toBeGreaterThan(60_000);
  });
});
