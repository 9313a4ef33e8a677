/** Anything may come over the brand's socket, too. See fuzz-frames.test.ts for the consumer's. */
import { strict as assert } from 'node:assert';

import * as fc from 'fast-check';

import {
  keysOf,
  leakIn,
  logIn,
  openConsumer,
  setFileSharing,
  timesTried,
  type Administrator,
  type Victim,
} from './support/fuzzed-site';
import { runs } from '../../../test/support/fuzz-runs';
import { startSandboxProcess, type SandboxProcess } from './support/sandbox-process';
import { openBrandSocket, type Answered, type TestSocket } from './support/test-socket';
import { isTooDeep, nearlyGoodOfBrand, textOf, unheardOf, type WildFrame } from './support/wild-frames';

let sandbox: SandboxProcess;
let administrator: Administrator;
let victim: Victim;
let own: Victim;
let agent: TestSocket;
let secrets: readonly string[];
let lastId = 0;

beforeAll(async () => {
  sandbox = await startSandboxProcess('--url-life', '600');
  administrator = await logIn(sandbox, 'ops');
  await setFileSharing(sandbox, administrator, 'true');
  victim = await openConsumer(sandbox);
  own = await openConsumer(sandbox);
  const { bearer, csrf } = administrator;
  secrets = [...(await keysOf(sandbox)), own.jwt, victim.jwt, bearer, csrf, victim.query, own.query];
});

afterAll(async () => {
  for (const one of [victim, own]) one?.socket.end();
  agent?.end();
  await sandbox?.end();
});

async function checkFrame(frame: WildFrame): Promise<void> {
  if (agent === undefined || !agent.isOpen) agent = await openBrandSocket(sandbox, administrator.bearer);
  const id = `brand-${(lastId += 1)}`;
  const text = textOf(frame, id, { victim, own });
  const answer = await agent.raw(text, id);
  assert.ok(sandbox.lives());
  const shown = `${text.slice(0, 500)} was answered with ${JSON.stringify(answer).slice(0, 500)}`;
  if (typeof answer === 'number') assert.deepEqual([answer, isTooDeep(text)].join(' '), '1003 true', shown);
  else assert.ok(isDue(text, answer), shown);
}

/**
 * An agent has no file here that it uploaded: none can be published by it. It never joins, so it has no rights at all.
 */
function isDue(text: string, answer: Answered): boolean {
  if (answer.code !== 200 && answer.code !== 202) {
    return [400, 401, 403].includes(answer.code ?? 0) && leakIn(JSON.stringify(answer), secrets) === null;
  }
  const { type } = JSON.parse(text) as { type: string };
  return type !== '.ams.ms.PublishEvent' && type !== '.ams.ms.GenerateURLForDownloadFile';
}

it("frames of every kind on the brand's socket are answered or refused, and give an agent no part in anything", async () => {
  const frames = fc.oneof({ weight: 5, arbitrary: nearlyGoodOfBrand }, { weight: 1, arbitrary: unheardOf });
  expect(await timesTried(fc.asyncProperty(frames, checkFrame), runs(400))).toBe(runs(400));
  expect(await sandbox.page('messages')).toEqual([]);
  expect(await sandbox.page('objects')).toHaveLength(2);
  expect(leakIn(JSON.stringify(await sandbox.page('requests')), secrets)).toBeNull();
  expect(sandbox.said()).toBe('');
});
