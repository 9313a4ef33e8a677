import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';

export interface Receiver {
  readonly url: string;
  readonly got: { readonly headers: IncomingHttpHeaders; readonly body: string; readonly path: string }[];
  /** How the next requests are answered. */
  answer: { status: number; headers?: Readonly<Record<string, string>> };
  close(): Promise<void>;
}

/** A receiver of webhooks on loopback that keeps what it gets. */
export async function openReceiver(): Promise<Receiver> {
  const got: Receiver['got'] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      got.push({ headers: request.headers, body, path: request.url ?? '' });
      response.writeHead(receiver.answer.status, receiver.answer.headers).end('received');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}/hook`,
    got,
    answer: { status: 204 },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}
