import { once } from 'node:events';
import { createServer } from 'node:http';

import { connectSwift } from '../swift/real-swift';
import { send } from './support/http';
import { CONTAINER, atCleanUp, cleanUp, ownDirectory, sandbox, signedQuery } from './support/sandbox';

afterEach(cleanUp);

/** The storage of another sandbox stands in for the real Swift. */
async function connected(entries: unknown[] = []) {
  const swift = await sandbox();
  const kept: unknown[] = [];
  const journal = { append: (entry: object) => Promise.resolve(void kept.push(entry)) };
  const common = { accountId: '12345678', journal, entries, urlLifeSeconds: 60, log: () => undefined };
  const connect = () => connectSwift({ ...common, url: swift.url, key: swift.key });
  return { swift, storage: await connect(), kept, common };
}

test('URLs are signed for the real Swift and its host is told, and the check at start leaves nothing behind', async () => {
  const { swift, storage } = await connected();
  expect(storage.host).toBe(swift.url.replace('http://', ''));
  expect(await swift.page('objects')).toEqual([]);
  const path = `${CONTAINER}/a.PNG`;
  const query = new URLSearchParams(storage.urls.sign('PUT', path)).toString();
  expect((await send('PUT', `${swift.url}${path}?${query}`, { body: 'hello' })).status).toBe(201);
  expect(await storage.objects.stat(path)).toEqual({ sizeBytes: 5, md5: '5d41402abc4b2a76b9719d911017c592' });
  expect(await storage.objects.stat(`${CONTAINER}/none`)).toBeNull();
});

test('the listing shows what was signed for and arrived, also what an earlier process signed', async () => {
  const { swift, storage, kept, common } = await connected();
  for (const name of ['arrived', 'never used']) storage.urls.sign('PUT', `${CONTAINER}/${name}`);
  await swift.ask('PUT', 'arrived', { body: 'hello' });
  const listed = [{ relativePath: `${CONTAINER}/arrived`, sizeBytes: 5, md5: '5d41402abc4b2a76b9719d911017c592' }];
  expect(await storage.list()).toEqual(listed);
  const later = await connectSwift({ ...common, entries: kept, url: swift.url, key: swift.key });
  expect(await later.list()).toEqual(listed);
});

test('a whole sandbox before a real Swift serves no storage of its own', async () => {
  const { swift } = await connected();
  const own = await sandbox({ swift: { url: swift.url, key: swift.key } });
  const response = await fetch(`${own.url}/api/account/12345678/service/swift/baseURI.json?version=1.0`);
  expect(await response.json()).toMatchObject({ baseURI: swift.url.replace('http://', '') });
  const path = `${CONTAINER}/a`;
  expect((await send('GET', `${own.url}${path}?${signedQuery(swift.key, 'GET', path)}`)).status).toBe(404);
});

test.each([
  [404, /has no container 12345678 in AUTH_async-images; make it first\.$/],
  [401, /refuses the key: it is not the TempURL key of the account AUTH_async-images\.$/],
  [503, /answered 503 where 422 was expected; it is not ready, or not a Swift\.$/],
])('a Swift that answers %i to the check is refused with a sentence', async (status, sentence) => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atCleanUp(() => new Promise((resolve) => server.close(() => resolve())));
  const { port } = server.address() as { port: number };
  const options = { port: 0, stateDir: await ownDirectory(), swift: { url: `http://127.0.0.1:${port}`, key: 'k' } };
  await expect(sandbox(options)).rejects.toThrow(sentence);
});

test('a Swift that is not there, a wrong key and a bad URL are refused with sentences', async () => {
  const { swift, common } = await connected();
  const connect = (url: string, key: string) => connectSwift({ ...common, url, key });
  await expect(connect('http://127.0.0.1:1', 'k')).rejects.toThrow(/^Swift at 127.0.0.1:1 cannot be reached: /);
  await expect(connect(swift.url, 'wrong')).rejects.toThrow(/refuses the key/);
  await expect(connect(`${swift.url}/v1/x`, 'k')).rejects.toThrow(/with host and port, without a path/);
  await expect(connect('swift', 'k')).rejects.toThrow(/with host and port, without a path/);
});
