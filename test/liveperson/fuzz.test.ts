/**
 * Whatever the other side says: an answer that is right, or a FerryError; never a crash, a hang, a leaked secret, or a
 * success that was none. Failures print the seed.
 */
import {
  anything,
  array,
  assert,
  asyncProperty,
  type IAsyncProperty,
  constant,
  constantFrom,
  dictionary,
  integer,
  oneof,
  record,
  string,
} from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { isFerryError } from '../../src/errors';
import type { AdminCredentials, ConsumerToken, Conversation, SignedUrlAnswer } from '../../src/liveperson';
import { runs } from '../support/fuzz-runs';
import { setUp, tearDown } from './support/harness';
import { makeJwt, notifyMessages, tokenOf, type SeenFrame } from './support/stub';

/** Rejections that nobody handles end a process outside of jest. */
const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
beforeAll(() => process.on('unhandledRejection', note));
afterAll(() => process.off('unhandledRejection', note));
afterEach(tearDown);

/** Holds the property, and that nothing was left unhandled meanwhile. */
async function holds<T>(property: IAsyncProperty<T>, usual: number): Promise<unknown[]> {
  await assert(property, { numRuns: runs(usual) });
  await new Promise((resolve) => setImmediate(resolve));
  return unhandled;
}

const OPS: AdminCredentials = { kind: 'password', username: 'ops', password: 'canary-password' };
const PATH = '/v1/AUTH_async-images/12345678/x.PNG';
const CANARY_JWT = makeJwt('sub-1');

const json = oneof(
  anything({ maxDepth: 3, withNullPrototype: false }),
  dictionary(
    constantFrom(
      'relativePath',
      'queryParams',
      'sequence',
      'subscriptionId',
      'changes',
      'errorCode',
      'title',
      'error',
      'bearer',
      'jwt',
      'token',
      'baseURIs',
      'propertyValue',
      'event',
      '__proto__',
      'constructor',
    ),
    oneof(anything({ maxDepth: 2 }), constantFrom(PATH, CANARY_JWT, 3, '3', -1, 1.5, null)),
  ),
);
const code = oneof(
  integer({ min: -1, max: 1_000 }),
  constantFrom<unknown>(200, '200', 'OK', 400, 401, 403, 404, 429, 500, null, undefined, 2e9, [200], 200.5),
);
const rubbish = oneof(
  string(),
  json.map(stringify),
  constantFrom(
    '{"kind":"notification"}',
    '[]',
    'null',
    '{"kind":"resp","reqId":"1"}',
    '{"kind":"req","id":"1","type":"GetClock"}',
  ),
  record({
    kind: constantFrom('notification', 'resp', 'x'),
    type: constantFrom('ms.MessagingEventNotification', 'cqm.ExConversationChangeNotification', 7),
    body: json,
  }).map(stringify),
);

/** undefined, functions and symbols vanish, bigint has no form: what JSON cannot say is said as null. */
function stringify(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    return 'null';
  }
}

async function outcome(promise: Promise<unknown>): Promise<{ readonly value: unknown } | { readonly failed: string }> {
  try {
    return { value: await promise };
  } catch (error) {
    if (!isFerryError(error)) throw error;
    const shown = JSON.stringify([error.message, error.details]);
    if (shown.includes(CANARY_JWT.slice(-20)) || shown.includes('canary'))
      throw new Error(`A secret leaked: ${shown}`, { cause: error });
    return { failed: error.code };
  }
}

function answerWith(
  frame: SeenFrame,
  noise: readonly string[],
  answer: { readonly code: unknown; readonly body: unknown },
): void {
  for (const each of noise) frame.socket.send(each);
  frame.socket.send(stringify({ kind: 'resp', reqId: frame.id, ...answer }));
}

function isSuccessCode(value: unknown): boolean {
  return value === 'OK' || (/^2\d\d$/.test(String(value)) && (typeof value === 'string' || typeof value === 'number'));
}

/** What arrives after JSON has carried it. */
function carried(value: unknown): unknown {
  return JSON.parse(stringify({ value }))?.value;
}

/** Each property answers the real ids itself; frames that answer nothing come before these answers. */
const noise = array(rubbish, { maxLength: 4 }).map((frames) => frames.filter((text) => !text.includes('reqId')));

it('a publish is a success only after an answer of 2xx with a sequence', async () => {
  const { stub, liveperson } = await setUp({ requestTimeoutMs: 2_000 });
  const session = liveperson.session(stub.account, tokenOf('sub-1'));
  const file = { conversationId: 'c', dialogId: 'c', relativePath: PATH, fileType: 'PNG', caption: '' };
  const body = oneof(
    json,
    record({ sequence: oneof(integer({ min: -2, max: 5 }), constantFrom<unknown>('7', 1.5, null)) }),
  );
  const property = asyncProperty(noise, code, body, async (before, givenCode, givenBody) => {
    stub.onFrame = (frame) => {
      answerWith(frame, before, { code: givenCode, body: givenBody });
      return true;
    };
    const result = await outcome(session.publishFile(file));
    const { sequence } = { sequence: null, ...(carried(givenBody) as object | null) } as { sequence: unknown };
    const right =
      isSuccessCode(givenCode) &&
      ['number', 'string'].includes(typeof sequence) &&
      /^\d+$/.test(`${sequence as number}`);
    return right ? isDeepStrictEqual(result, { value: { sequence: Number(sequence) } }) : 'failed' in result;
  });
  expect(await holds(property, 150)).toEqual([]);
});

it('an answer that was cut off or damaged anywhere is never a success', async () => {
  const { stub, liveperson } = await setUp({ requestTimeoutMs: 50 });
  const session = liveperson.session(stub.account, tokenOf('sub-1'));
  const file = { conversationId: 'c', dialogId: 'c', relativePath: PATH, fileType: 'PNG', caption: '' };
  const property = asyncProperty(integer({ min: 0, max: 90 }), constantFrom(true, false), async (at, cut) => {
    stub.onFrame = (frame) => {
      if (frame.type !== 'ms.PublishEvent') return false;
      const whole = JSON.stringify({ kind: 'resp', reqId: frame.id, code: 200, body: { sequence: 4 } });
      const place = at % whole.length;
      frame.socket.send(cut ? whole.slice(0, place) : `${whole.slice(0, place)}\u0000${whole.slice(place + 1)}`);
      return true;
    };
    return isDeepStrictEqual(await outcome(session.publishFile(file)), { failed: 'ANSWER_LOST' });
  });
  expect(await holds(property, 60)).toEqual([]);
});

it('a link is given only with a trusted path, a signature and an expiry', async () => {
  const { stub, liveperson } = await setUp({ requestTimeoutMs: 2_000 });
  const session = liveperson.session(stub.account, tokenOf('sub-1'));
  const body = oneof(
    json,
    record({
      relativePath: oneof(string(), constantFrom<unknown>(PATH, '/v1//x', '/v1/a?b', '/v1/a/../b', 7, undefined)),
      queryParams: oneof(
        json,
        record({
          temp_url_sig: oneof(string(), constant('a')),
          temp_url_expires: oneof(string(), constantFrom<unknown>('1', 1, -1)),
        }),
      ),
    }),
  );
  const property = asyncProperty(noise, code, body, async (before, givenCode, givenBody) => {
    stub.onFrame = (frame) => {
      answerWith(frame, before, { code: givenCode, body: givenBody });
      return true;
    };
    const result = await outcome(session.requestUploadUrl({ sizeBytes: 1, fileType: 'PNG' }));
    if ('failed' in result) return true;
    const { relativePath, queryParams } = result.value as SignedUrlAnswer;
    return (
      isSuccessCode(givenCode) &&
      /^\/v1\/[^/][\x21-\x7e]*$/.test(relativePath) &&
      /^\d+$/.test(queryParams['temp_url_expires'] ?? '') &&
      typeof queryParams['temp_url_sig'] === 'string'
    );
  });
  expect(await holds(property, 150)).toEqual([]);
});

it('a message is found only where one with the path and a sequence was told, through any noise', async () => {
  const { stub, liveperson } = await setUp({ requestTimeoutMs: 2_000 });
  const look = { conversationId: 'c', dialogId: 'c', fromSeq: 0, relativePaths: [PATH], quietMs: 10 };
  const property = asyncProperty(
    noise,
    array(json, { maxLength: 3 }),
    constantFrom(true, false),
    async (before, changes, there) => {
      stub.onFrame = (frame) => {
        if (frame.type !== 'ms.SubscribeMessagingEvents') return false;
        answerWith(frame, before, { code: 200, body: {} });
        const message = {
          sequence: 4,
          originatorId: 'sub-1',
          event: { contentType: 'hosted/file', message: { relativePath: PATH } },
        };
        const said = changes.map(carried);
        notifyMessages(frame, there ? [...said, message] : said);
        return true;
      };
      const result = await outcome(liveperson.findFileMessages(stub.account, tokenOf('sub-1'), look));
      return isDeepStrictEqual(result, {
        value: there ? [{ sequence: 4, originatorId: 'sub-1', relativePath: PATH }] : [],
      });
    },
  );
  expect(await holds(property, 100)).toEqual([]);
});

it('conversations come only with ids, whatever the notification holds', async () => {
  const { stub, liveperson } = await setUp({ requestTimeoutMs: 2_000 });
  const session = liveperson.session(stub.account, tokenOf('sub-1'));
  const details = record({ state: oneof(json, constantFrom('OPEN', 'CLOSE')), startTs: json, dialogs: json });
  const changes = oneof(
    json,
    array(
      record({
        type: json,
        result: oneof(
          json,
          record({ convId: oneof(json, string()), lastUpdateTime: json, conversationDetails: oneof(json, details) }),
        ),
      }),
    ),
  );
  const property = asyncProperty(noise, changes, async (before, given) => {
    stub.onFrame = (frame) => {
      if (frame.type !== 'cqm.SubscribeExConversations') return false;
      answerWith(frame, before, { code: 200, body: { subscriptionId: 's' } });
      frame.socket.send(
        stringify({
          kind: 'notification',
          type: 'cqm.ExConversationChangeNotification',
          body: { subscriptionId: 's', changes: given },
        }),
      );
      return true;
    };
    const result = await outcome(session.conversations());
    if ('failed' in result) return false;
    return (result.value as Conversation[]).every(
      ({ conversationId, state, dialogId, startedAtMs }) =>
        conversationId !== '' &&
        dialogId !== '' &&
        ['OPEN', 'CLOSE'].includes(state) &&
        typeof startedAtMs === 'number',
    );
  });
  expect(await holds(property, 100)).toEqual([]);
});

it('plain HTTP answers of any kind lead to a right value or to an error of the table', async () => {
  const { stub, another } = await setUp();
  const status = oneof(constant(200), integer({ min: 200, max: 599 }));
  const property = asyncProperty(
    status,
    json,
    constantFrom('/service/', '/login', '/properties/', '/signup'),
    async (given, body, where) => {
      stub.onRequest = (request) =>
        request.path.includes(where)
          ? { status: given, body: given === 204 || given === 304 ? '' : stringify(body) }
          : undefined;
      const liveperson = another();
      const token = await outcome(liveperson.consumerToken(stub.account, { kind: 'signup' }));
      const on = await outcome(liveperson.ensureFileSharing(stub.account, OPS, false));
      await liveperson.close();
      const rightToken = 'failed' in token || (token.value as ConsumerToken).consumerId !== '';
      return rightToken && ('failed' in on || isDeepStrictEqual(on.value, { wasOn: true }));
    },
  );
  expect(await holds(property, 100)).toEqual([]);
});
