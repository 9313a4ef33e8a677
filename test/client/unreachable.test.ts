import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connectFerry, FerryError } from '../../src/client';
import type { FerryClientOptions } from '../../src/client';

const opened: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];

afterEach(async () => {
  for (const { server, sockets } of opened.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }
});

async function listen(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  opened.push({ server, sockets });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function refusalOf(connection: FerryClientOptions['connection']): Promise<{ error: FerryError; ms: number }> {
  const before = performance.now();
  const error: unknown = await connectFerry({ connection, namespace: 'ferry', hostId: 'desk' }).then(
    (client) => client.close(),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FerryError);
  return { error: error as FerryError, ms: performance.now() - before };
}

async function closedPort(): Promise<string> {
  const address = await listen(() => undefined);
  const { server } = opened.pop()!;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return address;
}

test('A server that is not there is said within 5 s, with its address and the reason.', async () => {
  const address = await closedPort();
  const { error, ms } = await refusalOf({ address });
  expect(error.code).toBe('TEMPORAL_UNREACHABLE');
  expect(error.message).toBe(`Cannot reach Temporal at ${address} (refused).`);
  expect(ms).toBeLessThan(5000);
});

test('A server that takes the connection and never answers is given up within 5 s.', async () => {
  const address = await listen(() => undefined);
  const { error, ms } = await refusalOf({ address });
  expect(error.message).toBe(`Cannot reach Temporal at ${address} (timeout).`);
  expect(error.code).toBe('TEMPORAL_UNREACHABLE');
  expect(ms).toBeLessThan(5000);
});

test('A host name that does not exist is told from a server that is down.', async () => {
  const { error } = await refusalOf({ address: 'no-such-host.invalid:7233' });
  expect(error.code).toBe('TEMPORAL_UNREACHABLE');
  expect(error.message).toBe('Cannot reach Temporal at no-such-host.invalid:7233 (host name not found).');
});

test('A server that does not speak TLS is said to be so.', async () => {
  const address = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const { error } = await refusalOf({ address, tls: true });
  expect(error.code).toBe('TEMPORAL_UNREACHABLE');
  expect(error.message).toContain('(TLS: the server does not speak it)');
});

test('Something that is not Temporal is not taken for it.', async () => {
  const address = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const { error } = await refusalOf({ address });
  expect(error.code).toBe('TEMPORAL_UNREACHABLE');
  expect(error.message).toMatch(/what answers there is not Temporal|connection lost/);
});
