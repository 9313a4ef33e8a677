/** A small HTTP server for probes and scrapers: a few pages by path, read only. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isLoopback } from './loopback';

export interface Page {
  readonly status: number;
  /** Media type of the body. */
  readonly type: string;
  readonly body: string;
}

export interface PagesServer {
  /** The port in use, also when the address asked for port 0. */
  readonly port: number;
  close(): Promise<void>;
}

/** `host:port`; IPv6 in brackets. */
const ADDRESS = /^(\[[^\]]+\]|[^:]+):(\d+)$/;

/** A request that is not complete by then is dropped: a slow client must not hold a connection of the worker. */
const REQUEST_WITHIN_MS = 5000;

/**
 * Serves the pages by path, each made anew for every request. On a loopback address only requests that name this machine
 * get an answer, so that a web page whose name resolves to 127.0.0.1 reads nothing. An unexpected error of a page is a 500.
 *
 * @param address `host:port`; port 0 picks a free one
 * @throws the system's error, such as EADDRINUSE
 */
export async function servePages(
  address: string,
  pages: Readonly<Record<string, () => Promise<Page>>>,
): Promise<PagesServer> {
  const [, host = '', port = ''] = ADDRESS.exec(address) ?? [];
  const namesOnly = isLoopback(host);
  const server = createServer({ requestTimeout: REQUEST_WITHIN_MS }, (request, response) => {
    void answer(request, pages, namesOnly).then((page) => send(request, response, page));
  });
  await listen(server, host.replace(/^\[|\]$/g, ''), Number(port));
  // The pages must not keep a process alive that has nothing else to do.
  server.unref();
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : Number(port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  { headers, method, url }: IncomingMessage,
  pages: Readonly<Record<string, () => Promise<Page>>>,
  namesOnly: boolean,
): Promise<Page> {
  if (namesOnly && !isLoopback(headers.host ?? '')) return text(421, 'Only the names of this machine are served.');
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'Only GET is served.');
  const [path = ''] = (url ?? '').split('?', 1);
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) return text(404, `The pages are ${Object.keys(pages).join(', ')}.`);
  try {
    return await page();
  } catch {
    return text(500, 'The page could not be made.');
  }
}

function text(status: number, body: string): Page {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n` };
}

function send({ method }: IncomingMessage, response: ServerResponse, { status, type, body }: Page): void {
  const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store' };
  response.writeHead(status, headers).end(method === 'HEAD' ? undefined : body);
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
