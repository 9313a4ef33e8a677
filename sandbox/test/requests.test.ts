import { redactPath } from '../redact';
import { RequestJournal } from '../request-log';
import { eventually, rawConnection, rawHead, send } from './support/http';
import { CONTAINER, cleanUp, sandbox } from './support/sandbox';

afterEach(cleanUp);

test('every request is in the journal, newest last, without query, with the bytes of its bodies', async () => {
  const own = await sandbox();
  await own.ask('PUT', 'a', { body: 'hello' });
  await own.ask('GET', 'a', { headers: { Range: 'bytes=1-' } });
  await own.ask('HEAD', 'a');
  await send('GET', `${own.url}/nowhere?secret=1`);
  const path = `${CONTAINER}/a`;
  const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  expect(await own.page('requests')).toEqual([
    { at, over: 'http', method: 'PUT', path, status: 201, bytesIn: 5, bytesOut: 0 },
    { at, over: 'http', method: 'GET', path, status: 206, bytesIn: 0, bytesOut: 4 },
    { at, over: 'http', method: 'HEAD', path, status: 200, bytesIn: 0, bytesOut: 0 },
    { at, over: 'http', method: 'GET', path: '/nowhere', status: 404, bytesIn: 0, bytesOut: 10 },
  ]);
});

test('a request under way is in the journal before it has an answer', async () => {
  const own = await sandbox();
  const connection = await rawConnection(own.url);
  connection.write(`${rawHead('PUT', own.link('PUT', 'a'), { 'Content-Length': 9 })}abc`);
  const record = await eventually(
    async () => (await own.page('requests')).find((each) => each['bytesIn'] === 3) ?? null,
  );
  expect(record).not.toHaveProperty('status');
  connection.reset();
});

test.each([
  ['/ws_api/account/1/messaging/brand/abc123?v=2.1', '/ws_api/account/1/messaging/brand/***'],
  ['/ws_api/account/1/messaging/consumer?v=3', '/ws_api/account/1/messaging/consumer'],
  ['/ws_api/account/1/messaging/consumer/eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl', '/ws_api/account/1/messaging/consumer/***'],
  ['/api/account/1/messaging/consumer/conversation/send', '/api/account/1/messaging/consumer/conversation/send'],
  ['/elsewhere/eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl', '/elsewhere/***'],
  [
    '/v1/AUTH_async-images/12345678/some.long.objectname.PNG?temp_url_sig=1',
    '/v1/AUTH_async-images/12345678/some.long.objectname.PNG',
  ],
])('the path %s is kept without token and query', (target, kept) => {
  expect(redactPath(target)).toBe(kept);
});

test('tokens are removed from every record', () => {
  const journal = new RequestJournal();
  journal.add({ over: 'socket', path: '/ws_api/account/1/messaging/brand/token', bytesIn: 1, bytesOut: 2 });
  expect(journal.all()[0]?.path).toBe('/ws_api/account/1/messaging/brand/***');
});

test('the journal forgets the oldest beyond its bound', () => {
  const journal = new RequestJournal(100);
  for (let index = 0; index < 1000; index += 1) journal.add({ over: 'socket', code: index, bytesIn: 0, bytesOut: 0 });
  expect(journal.all()).toHaveLength(100);
  expect(journal.all().at(-1)?.code).toBe(999);
});

test('pages that do not exist say which do', async () => {
  const own = await sandbox();
  const answer = await send('GET', `${own.url}/_sandbox/nothing`);
  expect(answer.status).toBe(404);
  expect(answer.text).toContain('messages, conversations, objects, requests, load and faults');
});

test('requests sent at once on one connection are served one after another, each seeing what the one before it did', async () => {
  const own = await sandbox();
  const connection = await rawConnection(own.url);
  const put = `${rawHead('PUT', own.link('PUT', 'a'), { 'Content-Length': 5 })}hello`;
  const head = rawHead('HEAD', own.link('PUT', 'a'), {});
  connection.write(`${head}${put}${head}`.repeat(2));
  await eventually(() => (connection.received().match(/HTTP\/1\.1 /g) ?? []).length === 6);
  const statuses = [...connection.received().matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  expect(statuses).toEqual(['404', '201', '200', '200', '201', '200']);
  connection.reset();
});

test('a client that ends its side behind a whole request is answered', async () => {
  const own = await sandbox();
  const connection = await rawConnection(own.url);
  connection.write(`${rawHead('PUT', own.link('PUT', 'a'), { 'Content-Length': 5 })}hello`);
  connection.end();
  await connection.closed;
  expect(connection.received()).toMatch(/^HTTP\/1\.1 201 /);
  expect(await own.page('requests')).toMatchObject([{ method: 'PUT', status: 201, bytesIn: 5 }]);
});

test('a client that gives up while a rule delays its request leaves no effect', async () => {
  const own = await sandbox();
  await own.faults({ at: 'put', do: { delayMs: 60_000 } });
  const connection = await rawConnection(own.url);
  connection.write(`${rawHead('PUT', own.link('PUT', 'a'), { 'Content-Length': 5 })}hello`);
  await eventually(async () => (await own.page('requests')).length === 1);
  connection.end();
  await connection.closed;
  expect((await own.ask('HEAD', 'a')).status).toBe(404);
  expect(await own.page('objects')).toEqual([]);
});
