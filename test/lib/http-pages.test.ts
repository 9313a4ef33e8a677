import { request } from 'node:http';
import { servePages, type Page, type PagesServer } from '../../src/lib/http-pages';

let server: PagesServer | null = null;

afterEach(async () => {
  await server?.close();
  server = null;
});

const hello = async (): Promise<Page> => ({ status: 200, type: 'text/plain', body: 'hello\n' });

async function serve(address = '127.0.0.1:0'): Promise<PagesServer> {
  const broken = (): Promise<Page> => Promise.reject(new Error('a secret of /etc'));
  server = await servePages(address, { '/hello': hello, '/broken': broken });
  return server;
}

async function get(port: number, path: string, { host, method = 'GET' }: { host?: string; method?: string } = {}) {
  return await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const headers = host === undefined ? {} : { host };
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
    sent.once('error', reject).end();
  });
}

test('A page is served under its path, with or without a query, and other paths and methods are refused', async () => {
  const { port } = await serve();
  expect(await get(port, '/hello')).toEqual({ status: 200, body: 'hello\n' });
  expect(await get(port, '/hello?verbose')).toEqual({ status: 200, body: 'hello\n' });
  expect(await get(port, '/hello', { method: 'HEAD' })).toEqual({ status: 200, body: '' });
  expect((await get(port, '/hello', { method: 'POST' })).status).toBe(405);
  expect((await get(port, '/constructor')).status).toBe(404);
});

test('On loopback a request under a name of the outer world gets nothing', async () => {
  const { port } = await serve();
  for (const host of ['evil.example', `evil.example:${port}`, '10.0.0.1']) {
    expect((await get(port, '/hello', { host })).status).toBeGreaterThanOrEqual(400);
  }
  for (const host of ['localhost', `127.0.0.1:${port}`, '[::1]']) {
    expect((await get(port, '/hello', { host })).status).toBe(200);
  }
});

test('On an address of all interfaces any name is served: a probe of a cluster uses the address of the pod', async () => {
  const { port } = await serve('0.0.0.0:0');
  expect((await get(port, '/hello', { host: '10.1.2.3:9465' })).status).toBe(200);
});

test('A page that fails says nothing of the reason', async () => {
  const { port } = await serve();
  const { status, body } = await get(port, '/broken');
  expect(status).toBe(500);
  expect(body).not.toContain('secret');
});

test('An address in use is an error of the system', async () => {
  const { port } = await serve();
  await expect(servePages(`127.0.0.1:${port}`, {})).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
