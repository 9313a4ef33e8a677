import { FaultList, readRules } from '../faults';
import { LoadGauges } from '../load';
import { cleanUp, sandbox } from './support/sandbox';

afterEach(cleanUp);

const read = (value: unknown) => readRules(JSON.stringify(value));

test('the first rule in order that matches and has times left is the one that counts', () => {
  const faults = new FaultList();
  faults.add([
    { at: 'get', do: 'drop-before', times: 1 },
    { at: 'put', do: { status: 503 }, times: 2 },
    { at: 'put', do: 'corrupt' },
  ]);
  expect([1, 2, 3, 4].map(() => faults.take('put'))).toEqual([{ status: 503 }, { status: 503 }, 'corrupt', 'corrupt']);
  expect(faults.take('head')).toBeNull();
  expect(faults.rules().map((rule) => rule.times)).toEqual([1, 0, undefined]);
});

test('a rule with `above` holds only while more requests of the same kind are in flight', () => {
  const load = new LoadGauges();
  const faults = new FaultList(load);
  faults.add(
    read([
      { at: 'put', do: { status: 429 }, above: 2 },
      { at: 'put', do: { delayMs: 5 } },
    ]),
  );
  load.enter('requests');
  load.enter('transfers');
  const leave = load.enter('transfers');
  expect(faults.take('put')).toEqual({ delayMs: 5 });
  load.enter('transfers');
  expect(faults.take('put')).toEqual({ status: 429 });
  leave();
  expect(faults.take('put')).toEqual({ delayMs: 5 });
});

test('close code 1006 is a connection that is lost without a close frame, because no frame can carry it', () => {
  const faults = new FaultList();
  faults.add(read({ at: 'socket', do: { closeCode: 1006 } }));
  expect(faults.take('socket')).toBe('drop-before');
});

test.each([
  'drop-before',
  'drop-after',
  'corrupt',
  'expired',
  { status: 503 },
  { error: { code: 429 } },
  { error: { code: 500, errorCode: 50001, title: 'x' } },
  { delayMs: 0 },
  { closeCode: 4401 },
  { resetAfterBytes: 0 },
  { truncateAtBytes: 10 },
])('the action %j is taken', (action) => {
  expect(read({ at: 'put', do: action, times: 1 })).toEqual([{ at: 'put', do: action, times: 1 }]);
});

test.each([
  [{ at: 'puts', do: 'corrupt' }, '"at" is one of csds'],
  [{ at: 'request:', do: 'corrupt' }, '"at" is one of csds'],
  [{ do: 'corrupt' }, '"at" is one of csds'],
  [{ at: 'put' }, '"do" is one of drop-before'],
  [{ at: 'put', do: 'explode' }, 'it was "explode"'],
  [{ at: 'put', do: {} }, '"do" is one of drop-before'],
  [{ at: 'put', do: { status: 503, delayMs: 1 } }, 'one action, not status and delayMs'],
  [{ at: 'put', do: { status: '503' } }, '"status" is a whole number from 200 to 599'],
  [{ at: 'put', do: { status: 42 } }, '"status" is a whole number from 200 to 599'],
  [{ at: 'put', do: { error: 429 } }, '"error" is an object'],
  [{ at: 'put', do: { error: { code: 429, why: 1 } } }, '"error" has no "why"'],
  [{ at: 'put', do: { delayMs: -1 } }, '"delayMs" is a whole number'],
  [{ at: 'put', do: { delayMs: 1.5 } }, '"delayMs" is a whole number'],
  [{ at: 'socket', do: { closeCode: 1005 } }, 'cannot be closed with code 1005'],
  [{ at: 'put', do: 'corrupt', times: 0 }, '"times" is a whole number of at least 1'],
  [{ at: 'put', do: 'corrupt', time: 1 }, 'A rule has no "time"'],
  [{ at: 'put', do: 'corrupt', above: '5' }, '"above" is a whole number of at least 1'],
  ['put', 'A rule is an object'],
  [[{ at: 'put', do: 'corrupt' }, null], 'Rule 2 of 2: A rule is an object'],
])('the rule %j is refused with a sentence', (rule, sentence) => {
  expect(() => read(rule)).toThrow(sentence);
});

test('the page takes one rule or an array, all or none, lists times left, and clears', async () => {
  const { url, ask } = await sandbox();
  const page = async (method: string, body?: string) => {
    const response = await fetch(`${url}/_sandbox/faults`, {
      method,
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, json: await response.json() };
  };
  const first = { at: 'put', do: { status: 503 }, times: 2 };
  const second = { at: 'get', do: 'corrupt' };
  expect(await page('POST', JSON.stringify(first))).toEqual({ status: 200, json: [first] });
  expect(await page('POST', JSON.stringify([second]))).toEqual({ status: 200, json: [first, second] });
  const bad = await page('POST', JSON.stringify([second, { at: 'nowhere', do: 'corrupt' }]));
  expect(bad.status).toBe(400);
  expect((bad.json as { error: string }).error).toMatch(/^Rule 2 of 2: "at" is one of .*\.$/);
  expect((await page('POST', 'not json')).status).toBe(400);
  expect((await page('PUT', '[]')).status).toBe(405);
  expect((await ask('PUT', 'a', { body: 'x' })).status).toBe(503);
  expect((await page('GET')).json).toEqual([{ ...first, times: 1 }, second]);
  expect((await page('DELETE')).json).toEqual([]);
  expect((await ask('PUT', 'a', { body: 'x' })).status).toBe(201);
});
