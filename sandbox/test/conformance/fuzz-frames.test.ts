/** Anything may come over the consumer socket. See fuzz-http.test.ts for the rest of the sandbox's side of the wire. */
import { strict as assert } from 'node:assert';

import * as fc from 'fast-check';

import {
  keysOf,
  leakIn,
  logIn,
  openConsumer,
  setFileSharing,
  signUp,
  timesTried,
  type Administrator,
  type Victim,
} from './support/fuzzed-site';
import { runs } from '../../../test/support/fuzz-runs';
import { startSandboxProcess, type SandboxProcess } from './support/sandbox-process';
import { openSocket, type Answered, type TestSocket } from './support/test-socket';
import { isTooDeep, nearlyGood, REQUESTS, textOf, unheardOf, type WildFrame } from './support/wild-frames';

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

/** A file that is published, a path for which a link is given, a dialog that is read or written: never the victim's. */
function checkSuccess(text: string, answer: Answered): void {
  const { type, body } = JSON.parse(text) as { type: string; body: Record<string, unknown> };
  // A further InitConnection on a socket that has its token only brings client properties.
  assert.ok([...Object.keys(REQUESTS), 'InitConnection'].includes(type));
  const names = [body?.['dialogId'], body?.['conversationId'], body?.['relativePath']];
  assert.ok(!names.includes(victim.conversationId) && !names.includes(victim.relativePath));
  const event = body?.['event'] as
    { type?: string; contentType?: string; message?: { relativePath?: string } } | undefined;
  if (type === 'ms.PublishEvent' && event?.type === 'ContentEvent' && event.contentType === 'hosted/file') {
    assert.equal(event.message?.relativePath, own.relativePath);
  }
  if (type === 'ms.GenerateURLForUploadFile') {
    const size = Number(body['fileSize']);
    assert.ok(size > 0 && size <= 3_145_728);
    assert.equal(body['fileType'], 'PNG');
    assert.ok(JSON.stringify(answer.body).includes(own.consumerId));
  }
}

function checkRefusal(answer: Answered): void {
  assert.ok([400, 401, 403].includes(answer.code ?? 0));
  assert.equal(answer.type, '.ReqBody$ErrorResp');
  assert.equal(leakIn(JSON.stringify(answer), secrets()), null);
}

const secrets = (): readonly string[] => {
  const { bearer, csrf } = administrator;
  return [...keys, own.jwt, victim.jwt, bearer, csrf, victim.query, own.query];
};

function checkAnswer(text: string, answer: Answered | number): void {
  assert.ok(sandbox.lives());
  if (typeof answer === 'number') {
    // 1003: no frame of this protocol. 4401: a token that was presented anew and is none.
    assert.equal(answer, isTooDeep(text) ? 1003 : 4401);
    assert.ok(answer === 1003 || text.includes('"type":"InitConnection"'));
  } else if (answer.code === 200) checkSuccess(text, answer);
  else checkRefusal(answer);
}

let socket: TestSocket;
let lastId = 0;

async function checkFrame(frame: WildFrame): Promise<void> {
  if (!socket.isOpen) socket = await openSocket(sandbox, own.jwt);
  const id = `fuzz-${(lastId += 1)}`;
  const text = textOf(frame, id, { victim, own });
  const answer = await socket.raw(text, id);
  try {
    checkAnswer(text, answer);
  } catch (error) {
    throw new Error(`${text.slice(0, 600)} was answered with ${JSON.stringify(answer).slice(0, 600)}`, {
      cause: error,
    });
  }
}

/** A client without a token gets 401 for every frame, and is disconnected for bytes that are not a frame. */
async function checkFrameOfNobody(frame: WildFrame): Promise<void> {
  const nobody = await openSocket(sandbox, null);
  const text = textOf(frame, 'n', { victim, own });
  const answer = await nobody.raw(text, 'n');
  nobody.end();
  if (typeof answer === 'number') assert.ok(answer === 1003 && isTooDeep(text));
  else assert.equal((answer.body as { errorCode: number }).errorCode, 40_100);
}

/** What happened must be exactly what was answered with 200, and nothing of it the victim's. */
async function checkBooks(): Promise<void> {
  const messages = await sandbox.page('messages');
  const objects = await sandbox.page('objects');
  for (const { originatorId, relativePath } of messages) {
    expect([originatorId, relativePath ?? own.relativePath]).toEqual([own.consumerId, own.relativePath]);
  }
  expect(objects).toHaveLength(2);
  expect(victim.socket.received.filter(({ kind }) => kind === 'notification')).toEqual([]);
  expect(await victim.socket.request('ms.SubscribeMessagingEvents', { dialogId: victim.conversationId })).toMatchObject(
    { code: 200 },
  );
  expect(leakIn(JSON.stringify(await sandbox.page('requests')), secrets())).toBeNull();
  expect(leakIn(sandbox.said(), secrets())).toBeNull();
}

describe('frames of every kind on the consumer socket', () => {
  beforeEach(async () => {
    socket = await openSocket(sandbox, own.jwt);
  });

  afterEach(() => socket.end());

  it('are answered or refused one by one, without harm to others, without a secret, without a wrong success', async () => {
    const frames = fc.oneof({ weight: 5, arbitrary: nearlyGood }, { weight: 1, arbitrary: unheardOf });
    expect(await timesTried(fc.asyncProperty(frames, checkFrame), runs(600))).toBe(runs(600));
    await checkBooks();
    expect(sandbox.said()).toBe('');
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

  it('close the socket with 1003 where they are not frames, and do nothing else', async () => {
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
    expect(
      await timesTried(
        fc.asyncProperty(noFrame, async (text) => {
          const each = await openSocket(sandbox, own.jwt);
          assert.equal(await each.raw(text, null), 1003);
        }),
        runs(100),
      ),
    ).toBe(runs(100));
    await checkBooks();
  });

  it('get nothing but 401 on a socket without a token, whatever they ask for', async () => {
    const { jwt } = await signUp(sandbox);
    expect(await timesTried(fc.asyncProperty(nearlyGood, checkFrameOfNobody), runs(60))).toBe(runs(60));
    const somebody = await openSocket(sandbox, jwt);
    expect(somebody.isOpen).toBe(true);
    somebody.end();
  });
});
