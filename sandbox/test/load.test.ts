import { once } from 'node:events';
import { WebSocket } from 'ws';
import { eventually, rawConnection, rawHead, send } from './support/http';
import { atCleanUp, cleanUp, sandbox, type TestSandbox } from './support/sandbox';

afterEach(cleanUp);

const none = { inFlight: 0, peak: 0 };

async function loadOf({ url }: TestSandbox): Promise<unknown> {
  return (await fetch(`${url}/_sandbox/load`)).json();
}

/** The page once it shows this, or what it shows after all the patience of `eventually`. */
async function loadReaching(own: TestSandbox, expected: object): Promise<unknown> {
  let last: unknown;
  const isReached = async (): Promise<boolean> => {
    last = await loadOf(own);
    return JSON.stringify(last) === JSON.stringify(expected);
  };
  return eventually(isReached).then(
    () => last,
    () => last,
  );
}

test('Nothing is under way in a fresh sandbox, and its own pages do not count.', async () => {
  const own = await sandbox();
  await Promise.all([loadOf(own), loadOf(own)]);
  expect(await loadOf(own)).toEqual({ ...none, requests: none, transfers: none });
  expect((await send('POST', `${own.url}/_sandbox/load`)).status).toBe(405);
});

test('Transfers count from their arrival to their answer, also those that are broken off.', async () => {
  const own = await sandbox();
  const open = await Promise.all([rawConnection(own.url), rawConnection(own.url), rawConnection(own.url)]);
  for (const [index, connection] of open.entries()) {
    connection.write(`${rawHead('PUT', own.link('PUT', `a${index}`), { 'Content-Length': 9 })}abc`);
  }
  let load: object = { inFlight: 3, peak: 3, requests: none, transfers: { inFlight: 3, peak: 3 } };
  expect(await loadReaching(own, load)).toEqual(load);
  open[0].reset();
  open[1].write('abcdef');
  load = { inFlight: 1, peak: 3, requests: none, transfers: { inFlight: 1, peak: 3 } };
  expect(await loadReaching(own, load)).toEqual(load);
  await fetch(`${own.url}/_sandbox/load`, { method: 'DELETE' });
  load = { inFlight: 1, peak: 1, requests: none, transfers: { inFlight: 1, peak: 1 } };
  expect(await loadReaching(own, load)).toEqual(load);
  open[2].reset();
  load = { inFlight: 0, peak: 1, requests: none, transfers: { inFlight: 0, peak: 1 } };
  expect(await loadReaching(own, load)).toEqual(load);
});

test('A client that waits for each answer has never more than one under way.', async () => {
  const own = await sandbox();
  for (let round = 0; round < 50; round += 1) {
    await own.ask('PUT', 'a', { body: 'x'.repeat(100_000) });
    await own.ask('GET', 'a');
    await own.ask('HEAD', 'a');
  }
  expect(await loadOf(own)).toEqual({
    inFlight: 0,
    peak: 1,
    requests: none,
    transfers: { inFlight: 0, peak: 1 },
  });
});

test('Logins, sign-ups and frames of a socket are requests; discovery and site properties are neither.', async () => {
  const own = await sandbox();
  const held = { delayMs: 60_000 };
  await own.faults(
    ...['login', 'signup', 'csds', 'property', 'request:GetClock'].map((at) => ({ at, do: held, times: 1 })),
  );
  const base = `${own.url}/api/account/12345678`;
  const over = new AbortController();
  atCleanUp(async () => over.abort());
  const paths: readonly (readonly [string, string])[] = [
    ['POST', 'login?v=1.3'],
    ['POST', 'signup'],
    ['GET', 'service/baseURI.json?version=1.0'],
    ['GET', 'configuration/setting/properties?v=3.0'],
  ];
  for (const [method, path] of paths) {
    fetch(`${base}/${path}`, { method, signal: over.signal }).catch(() => undefined);
  }
  const socket = new WebSocket(`ws://127.0.0.1:${own.port}/ws_api/account/12345678/messaging/consumer?v=3`);
  await once(socket, 'open');
  // The first is held back by the fault, the second overtakes it.
  for (const id of ['1', '2']) socket.send(JSON.stringify({ kind: 'req', id, type: 'GetClock' }));
  const [answer] = (await once(socket, 'message')) as [Buffer];
  expect(JSON.parse(answer.toString('utf8'))).toMatchObject({ reqId: '2' });
  let load: object = { inFlight: 5, peak: 6, requests: { inFlight: 3, peak: 4 }, transfers: none };
  expect(await loadReaching(own, load)).toEqual(load);
  over.abort();
  socket.terminate();
  load = { inFlight: 0, peak: 6, requests: { inFlight: 0, peak: 4 }, transfers: none };
  expect(await loadReaching(own, load)).toEqual(load);
});
