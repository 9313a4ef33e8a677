/** Anything may come over the consumer socket. See fuzz-http.test.ts for the rest of the sandbox's side of the wire. */
import fc from 'fast-check';

import {
  keysOf,
  leakIn,
  logIn,
  openConsumer,
  runs,
  setFileSharing,
  signUp,
  type Administrator,
  type Victim,
} from './support/fuzzed-site';
import { startSandboxProcess, type SandboxProcess } from './support/sandbox-process';
import { openSocket, type Answered, type TestSocket } from './support/test-socket';

let sandbox: SandboxProcess;
let administrator: Administrator;
let victim: Victim;
/** Plays by its own rules, too, but gets everything wrong that can be. */
let own: Victim;
let keys: readonly string[];

beforeAll(async () => {
  sandbox = await startSandboxProcess('--url-life', '600');
  administrator = await logIn(sandbox, 'ops');
  await setFileSharing(sandbox, administrator, 'true');
  victim = await openConsumer(sandbox);
  own = await openConsumer(sandbox);
  keys = await keysOf(sandbox);
});

afterAll(async () => {
  for (const one of [victim, own]) one?.socket.end();
  await sandbox?.end();
});

/** A value nested so deep that who walks it by recursion falls. */
const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

/** Values as JSON texts, so that what no program would write can be sent too. */
const oddValue = fc.oneof(
  fc.constantFrom('null', 'true', '""', '[]', '{}', '-1', '0', '1e999', '1e21', '9007199254740993', '"\\ud800"'),
  fc.constantFrom('"__proto__"', '"constructor"', '{"__proto__":{"role":"MANAGER"}}', '[[]]', '[null]', '"-1"', '0.5'),
  fc.constantFrom(deep(200), deep(20_000), JSON.stringify('x'.repeat(70_000))),
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
  fc.string({ unit: 'binary' }).map((value) => JSON.stringify(value)),
);

/** Ids that are somebody's, with whose they are; resolved late, because they are known only when the sandbox runs. */
const idValue = fc.constantFrom(
  () => JSON.stringify(victim.conversationId),
  () => JSON.stringify(victim.relativePath),
  () => JSON.stringify(victim.consumerId),
  () => JSON.stringify(own.conversationId),
  () => JSON.stringify(own.relativePath),
  () => JSON.stringify(own.jwt),
);
type Value = () => string;
const anyValue: fc.Arbitrary<Value> = fc.oneof(
  { weight: 2, arbitrary: oddValue.map((text) => () => text) },
  { weight: 3, arbitrary: idValue },
);

const REQUESTS: Readonly<Record<string, readonly string[]>> = {
  GetClock: [],
  KeepAlive: [],
  'userprofile.SetUserProfile': ['authenticatedData'],
  'cm.ConsumerRequestConversation': ['ttrDefName', 'channelType', 'brandId', 'skillId', 'conversationContext'],
  'cm.UpdateConversationField': ['conversationId', 'conversationField'],
  'cqm.SubscribeExConversations': ['convState', 'stage', 'minLastUpdatedTime'],
  'cqm.UnsubscribeExConversations': ['subscriptionId'],
  'ms.SubscribeMessagingEvents': ['dialogId', 'fromSeq'],
  'ms.GenerateURLForUploadFile': ['fileSize', 'fileType'],
  'ms.GenerateURLForDownloadFile': ['relativePath'],
  'ms.PublishEvent': ['dialogId', 'conversationId', 'event'],
};

const FILE_SIZES = ['1', '"1000"', '3145728', '3145729', '-5'];

/** The good value of a field, so that frames come far. */
const goodValue = (field: string): fc.Arbitrary<Value> => {
  switch (field) {
    case 'dialogId':
    case 'conversationId':
      return fc.constant(() => JSON.stringify(own.conversationId));
    case 'relativePath':
      return fc.constant(() => JSON.stringify(own.relativePath));
    case 'fileType':
      return fc.constantFrom(
        () => '"PNG"',
        () => '"EXE"',
      );
    case 'fileSize':
      return fc.constantFrom(...FILE_SIZES.map((size) => () => size));
    case 'event':
      return eventValue;
    case 'conversationField':
      return fieldValue;
    default:
      return anyValue;
  }
};

function objectOf(fields: readonly (readonly [string, fc.Arbitrary<Value>])[]): fc.Arbitrary<Value> {
  const entries = fields.map(([name, value]) =>
    fc
      .oneof({ weight: 6, arbitrary: value }, { weight: 1, arbitrary: anyValue }, fc.constant(null))
      .map((chosen) => ({ name, chosen })),
  );
  return fc.tuple(...entries).map((all) => () => {
    const present = all.flatMap(({ name, chosen }) => (chosen === null ? [] : [`${JSON.stringify(name)}:${chosen()}`]));
    return `{${present.join(',')}}`;
  });
}

const constants = (...texts: string[]): fc.Arbitrary<Value> =>
  fc.constantFrom(...texts).map((text) => () => JSON.stringify(text));

const messageValue = objectOf([
  ['caption', constants('', 'site plan')],
  ['relativePath', fc.oneof(goodValue('relativePath'), idValue)],
  ['fileType', constants('PNG', 'PDF')],
  ['preview', constants('', 'data:image/png;base64,AA==', 'p'.repeat(40_000))],
]);
const eventValue = objectOf([
  ['type', constants('ContentEvent', 'ContentEvent', 'AcceptStatusEvent', 'ChatStateEvent')],
  ['contentType', constants('hosted/file', 'hosted/file', 'text/plain')],
  ['message', messageValue],
  ['status', constants('READ')],
  ['sequenceList', fc.constant(() => '[0]')],
  ['chatState', constants('ACTIVE')],
]);
/** Never one that closes: the story would end there. */
const fieldValue = objectOf([
  ['field', constants('TTRField', 'CSATRate', 'DialogChange', 'ParticipantsChange', 'Skill')],
  ['ttrType', constants('NORMAL')],
  ['value', fc.constantFrom(() => '60')],
  [
    'csatRate',
    fc.constantFrom(
      () => '5',
      () => 'null',
    ),
  ],
  ['userId', idValue],
  ['role', constants('MANAGER', 'CONSUMER')],
]);

interface FuzzedFrame {
  readonly type: string;
  readonly body: Value;
  readonly extra: readonly Value[];
}

const nearlyGood: fc.Arbitrary<FuzzedFrame> = fc.constantFrom(...Object.keys(REQUESTS)).chain((type) =>
  fc.record({
    type: fc.constant(type),
    body: objectOf((REQUESTS[type] ?? []).map((field) => [field, goodValue(field)] as const)),
    extra: fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, fc.tuple(anyValue, anyValue)),
  }),
);

const unheardOf: fc.Arbitrary<FuzzedFrame> = fc.record({
  type: fc.oneof(
    fc.constantFrom(
      'toString',
      '__proto__',
      'constructor',
      'InitConnection',
      'ms.publishevent',
      'cm.RequestConversation',
    ),
    fc.string({ minLength: 1, unit: 'binary' }).filter((text) => !text.startsWith('.')),
    fc.constant('').map(() => 'secret'),
  ),
  body: anyValue,
  extra: fc.constant([]),
});

const tooDeep = (text: string): boolean => text.includes('['.repeat(100));

function textOf({ type, body, extra }: FuzzedFrame, id: string): string {
  const [headers, metadata] = extra;
  const more = headers && metadata ? `,"headers":${headers()},"metadata":${metadata()}` : '';
  const name = type === 'secret' ? own.jwt : type;
  return `{"kind":"req","id":${JSON.stringify(id)},"type":${JSON.stringify(name)},"body":${body()}${more}}`;
}

/** A file that is published, a path for which a link is given, a dialog that is read or written: never the victim's. */
function checkSuccess(text: string, answer: Answered): void {
  const { type, body } = JSON.parse(text) as { type: string; body: Record<string, unknown> };
  // A further InitConnection on a socket that has its token only brings client properties.
  expect([...Object.keys(REQUESTS), 'InitConnection']).toContain(type);
  const names = [body?.['dialogId'], body?.['conversationId'], body?.['relativePath']];
  expect(names).not.toContain(victim.conversationId);
  expect(names).not.toContain(victim.relativePath);
  const event = body?.['event'] as
    { type?: string; contentType?: string; message?: { relativePath?: string } } | undefined;
  if (type === 'ms.PublishEvent' && event?.type === 'ContentEvent' && event.contentType === 'hosted/file') {
    expect(event.message?.relativePath).toBe(own.relativePath);
  }
  if (type === 'ms.GenerateURLForUploadFile') {
    expect(Number(body['fileSize'])).toBeGreaterThan(0);
    expect(Number(body['fileSize'])).toBeLessThanOrEqual(3_145_728);
    expect(body['fileType']).toBe('PNG');
    expect(JSON.stringify(answer.body)).toContain(own.consumerId);
  }
}

function checkRefusal(answer: Answered): void {
  expect([400, 401, 403]).toContain(answer.code);
  expect(answer.type).toBe('.ReqBody$ErrorResp');
  const secrets = [...keys, own.jwt, victim.jwt, administrator.bearer, victim.query];
  expect(leakIn(JSON.stringify(answer), secrets)).toBeNull();
}

let socket: TestSocket;
let lastId = 0;

async function checkFrame(frame: FuzzedFrame): Promise<void> {
  if (!socket.isOpen) socket = await openSocket(sandbox, own.jwt);
  const id = `fuzz-${(lastId += 1)}`;
  const text = textOf(frame, id);
  const answer = await socket.raw(text, id);
  try {
    checkAnswer(text, answer);
  } catch (error) {
    throw new Error(`${text.slice(0, 600)} was answered with ${JSON.stringify(answer).slice(0, 600)}`, {
      cause: error,
    });
  }
}

function checkAnswer(text: string, answer: Answered | number): void {
  expect(sandbox.lives()).toBe(true);
  if (typeof answer === 'number') {
    // 1003: no frame of this protocol. 4401: a token that was presented anew and is none.
    expect(answer).toBe(tooDeep(text) ? 1003 : 4401);
    if (answer === 4401) expect(text).toContain('"type":"InitConnection"');
  } else if (answer.code === 200) checkSuccess(text, answer);
  else checkRefusal(answer);
}

/** What happened must be exactly what was answered with 200, and nothing of it the victim's. */
async function checkBooks(): Promise<void> {
  const messages = await sandbox.page('messages');
  const objects = await sandbox.page('objects');
  for (const message of messages) {
    expect(message['originatorId']).toBe(own.consumerId);
    if (message['relativePath'] !== undefined) expect(message['relativePath']).toBe(own.relativePath);
  }
  expect(objects).toHaveLength(2);
  expect(victim.socket.received.filter(({ kind }) => kind === 'notification')).toEqual([]);
  expect(await victim.socket.request('ms.SubscribeMessagingEvents', { dialogId: victim.conversationId })).toMatchObject(
    { code: 200 },
  );
  const requests = JSON.stringify(await sandbox.page('requests'));
  const secrets = [...keys, own.jwt, victim.jwt, administrator.bearer, administrator.csrf, victim.query];
  expect(leakIn(requests, secrets)).toBeNull();
  expect(leakIn(sandbox.said(), secrets)).toBeNull();
}

describe('frames of every kind on the consumer socket', () => {
  beforeEach(async () => {
    socket = await openSocket(sandbox, own.jwt);
  });

  afterEach(() => socket.end());

  it('are answered or refused one by one, without harm to others, without a secret, without a wrong success', async () => {
    const frames = fc.oneof({ weight: 5, arbitrary: nearlyGood }, { weight: 1, arbitrary: unheardOf });
    await fc.assert(fc.asyncProperty(frames, checkFrame), { numRuns: runs(600) });
    await checkBooks();
    expect(sandbox.said().split('\n').filter(Boolean)).toHaveLength(1);
  });

  it('give no right to a file by naming it in a receipt of reading', async () => {
    const event = { type: 'AcceptStatusEvent', status: 'READ', sequenceList: [0] };
    const { relativePath } = victim;
    const receipt = { ...event, message: { relativePath } };
    const published = await own.socket.request('ms.PublishEvent', { dialogId: own.conversationId, event: receipt });
    expect(published.code).toBe(200);
    const link = await own.socket.request('ms.GenerateURLForDownloadFile', { relativePath });
    expect(link).toMatchObject({ code: 403 });
  });

  it('close the socket with 1003 where they are no frames, and nothing else', async () => {
    const noFrame = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.constantFrom(
        '{"id":"1"}',
        '{"type":"GetClock"}',
        '{"id":{},"type":"GetClock"}',
        '{"id":"","type":"GetClock"}',
      ),
      fc.constantFrom(`{"id":"${'i'.repeat(65)}","type":"GetClock"}`, '{"kind":"req","id":"1","type":".GetClock"}'),
    );
    await fc.assert(
      fc.asyncProperty(noFrame, async (text) => {
        const each = await openSocket(sandbox, own.jwt);
        expect(await each.raw(text, null)).toBe(1003);
      }),
      { numRuns: runs(100) },
    );
    await checkBooks();
  });

  it('get nothing but 401 on a socket without a token, whatever they ask for', async () => {
    const { jwt } = await signUp(sandbox);
    await fc.assert(
      fc.asyncProperty(nearlyGood, async (frame) => {
        const nobody = await openSocket(sandbox, null);
        const text = textOf(frame, 'n');
        const answer = await nobody.raw(text, 'n');
        if (typeof answer === 'number') expect([answer, tooDeep(text)]).toEqual([1003, true]);
        else expect(answer).toMatchObject({ code: 401, body: { errorCode: 40100 } });
        nobody.end();
      }),
      { numRuns: runs(60) },
    );
    expect((await openSocket(sandbox, jwt)).isOpen).toBe(true);
  });
});
