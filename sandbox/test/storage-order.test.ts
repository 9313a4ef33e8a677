import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';

import { eventually, rawConnection, rawHead } from './support/http';
import { cleanUp, sandbox, type TestSandbox } from './support/sandbox';

afterEach(cleanUp);

/** A PUT that has begun and waits for its last bytes. */
async function begunPut(own: TestSandbox, name: string, body: string) {
  const connection = await rawConnection(own.url);
  const head = rawHead('PUT', own.link('PUT', name), { 'Content-Length': body.length });
  connection.write(head + body.slice(0, 2));
  await eventually(async () => (await own.page('requests')).some((request) => request['bytesIn'] === 2));
  return {
    async finish() {
      connection.write(body.slice(2));
      await eventually(() => connection.received().includes('HTTP/1.1 201'));
      const etag = /Etag: (\w+)/i.exec(connection.received())?.[1];
      connection.end();
      return etag;
    },
  };
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

test('of two PUTs the one that began later stays, whichever ends last; each is told its own ETag', async () => {
  const own = await sandbox();
  const first = await begunPut(own, 'a', 'began first');
  expect((await own.ask('PUT', 'a', { body: 'began later' })).headers.etag).toBe(md5('began later'));
  expect(await first.finish()).toBe(md5('began first'));
  expect((await own.ask('GET', 'a')).text).toBe('began later');
  expect(await readdir(join(own.stateDir, 'objects'))).toHaveLength(1);
});

test.each([204, 404])('a DELETE answered %i beats a PUT that began before it', async (status) => {
  const own = await sandbox();
  if (status === 204) await own.ask('PUT', 'a', { body: 'earlier' });
  const first = await begunPut(own, 'a', 'began first');
  expect((await own.ask('DELETE', 'a')).status).toBe(status);
  await first.finish();
  expect((await own.ask('GET', 'a')).status).toBe(404);
  expect(await readdir(join(own.stateDir, 'objects'))).toHaveLength(0);
});

test('until a PUT ends, GET gives the earlier version; afterwards the new one at once', async () => {
  const own = await sandbox();
  await own.ask('PUT', 'a', { body: 'earlier' });
  const put = await begunPut(own, 'a', 'the new one');
  expect((await own.ask('GET', 'a')).text).toBe('earlier');
  await put.finish();
  expect((await own.ask('GET', 'a')).text).toBe('the new one');
});

test('a GET under way keeps its version while the object is replaced and deleted', async () => {
  const own = await sandbox();
  const size = 32 << 20;
  await own.ask('PUT', 'a', { body: Buffer.alloc(size, 'e') });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(own.link('GET', 'a'), { agent: false }, resolve).on('error', reject).end();
  });
  response.pause();
  await own.ask('PUT', 'a', { body: 'new' });
  await own.ask('DELETE', 'a');
  const hash = createHash('md5');
  for await (const chunk of response as AsyncIterable<Buffer>) hash.update(chunk);
  expect(hash.digest('hex')).toBe(createHash('md5').update(Buffer.alloc(size, 'e')).digest('hex'));
});

test('a URL that expires while the body is on its way is good to the end; the next request is refused', async () => {
  const own = await sandbox();
  const expires = Math.ceil(Date.now() / 1000 + 0.5);
  const connection = await rawConnection(own.url);
  connection.write(`${rawHead('PUT', own.link('PUT', 'a', { expires }), { 'Content-Length': 5 })}he`);
  await eventually(() => Date.now() > expires * 1000 + 50);
  connection.write('llo');
  await eventually(() => connection.received().includes('HTTP/1.1 201'));
  connection.end();
  expect((await own.ask('HEAD', 'a', { expires })).status).toBe(401);
  expect((await own.ask('GET', 'a')).text).toBe('hello');
});

test('a reader that takes nothing is given up short of the announced length', async () => {
  const own = await sandbox({ clientTimeoutMs: 200 });
  await own.ask('PUT', 'a', { body: Buffer.alloc(32 << 20) });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(own.link('GET', 'a'), { agent: false }, resolve).on('error', reject).end();
  });
  response.pause();
  const stuck = await eventually(async () => {
    const record = (await own.page('requests')).find((each) => each['method'] === 'GET');
    const bytes = record?.['bytesOut'];
    await new Promise((resolve) => setTimeout(resolve, 400));
    const later = (await own.page('requests')).find((each) => each['method'] === 'GET')?.['bytesOut'];
    return bytes !== undefined && bytes === later ? Number(bytes) : null;
  });
  expect(stuck).toBeLessThan(32 << 20);
  let received = 0;
  await expect(
    (async () => {
      for await (const chunk of response as AsyncIterable<Buffer>) received += chunk.length;
    })(),
  ).rejects.toThrow('aborted');
  expect(received).toBeLessThan(32 << 20);
});
