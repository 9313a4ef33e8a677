import { createServer, type AddressInfo, type Server } from 'node:net';
import { readFile } from 'node:fs/promises';
import { createStorage } from '../../src/storage';
import { TEST_CERTIFICATE, TEST_KEY } from './support/certificate';
import { failureOf, makeScratch, type Scratch } from './support/scratch';
import { CONTAINER, startTempUrlServer, type TempUrlServer } from './support/tempurl-server';

const PATH = `${CONTAINER}/object.PNG`;
const MIB = 1024 * 1024;

let server: TempUrlServer;
let scratch: Scratch;

beforeEach(async () => {
  server = await startTempUrlServer({ tls: { key: TEST_KEY, cert: TEST_CERTIFICATE } });
  scratch = await makeScratch();
});

afterEach(async () => {
  await server.close();
  await scratch.remove();
});

test('Over TLS with an authority of our own a file goes up and down again', async () => {
  const storage = createStorage({ ca: TEST_CERTIFICATE });
  const { source, bytes } = await scratch.file('source.bin', 5 * MIB + 3);
  await storage.upload({ url: server.sign('PUT', PATH), source });
  server.faults.push({ method: 'GET', fault: { resetAfterBytes: 2 * MIB } });
  const target = scratch.path('target.bin');
  const get = server.sign('GET', PATH);
  await expect(storage.download({ url: get, target })).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  const fetched = await storage.download({ url: get, target });
  expect(fetched.bytesFetched).toBeLessThan(bytes.length);
  expect((await readFile(target)).equals(bytes)).toBe(true);
  await storage.close();
});

test('A certificate that nobody vouches for is STORAGE_UNAVAILABLE, and nothing is sent', async () => {
  const storage = createStorage();
  const { source } = await scratch.file('source.bin', 5 * MIB);
  const failures = await Promise.all([
    failureOf(storage.upload({ url: server.sign('PUT', PATH), source })),
    failureOf(storage.head(server.sign('GET', PATH))),
    failureOf(storage.download({ url: server.sign('GET', PATH), target: null })),
  ]);
  for (const failure of failures) expect(failure).toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  expect(server.requests).toHaveLength(0);
  await storage.close();
});

test('A port that accepts and says nothing ends in time, as does one that speaks another language', async () => {
  const storage = createStorage({ connectTimeoutMs: 300, headersTimeoutMs: 300 });
  const silent = await listen(createServer());
  const rude = await listen(createServer((socket) => socket.on('error', () => undefined).end('SSH-2.0-x\r\n\r\n')));
  for (const [origin, codes] of [
    [`https://127.0.0.1:${silent.port}`, ['STORAGE_UNAVAILABLE']],
    [`http://127.0.0.1:${silent.port}`, ['STORAGE_UNAVAILABLE']],
    [`http://127.0.0.1:${rude.port}`, ['STORAGE_UNAVAILABLE', 'PROTOCOL_ERROR']],
  ] as const) {
    const url = { ...server.sign('GET', PATH), origin };
    const failure = await failureOf(storage.download({ url, target: null }));
    expect(codes).toContain((failure as { code?: string }).code);
  }
  await storage.close();
  await Promise.all([silent.close(), rude.close()]);
});

async function listen(server: Server): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<{ destroy: () => void }>();
  server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
