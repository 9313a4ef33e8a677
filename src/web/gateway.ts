/**
 * The server before Temporal's web page. It passes the page on unchanged, and decodes sealed values for a browser that
 * has opened a one-time link of `ferry ui`. It refuses requests from a page of another origin, with a foreign host
 * name, or from another user of the machine.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { FerryError } from '../errors';
import { hasSystemCode } from '../lib/system-code';
import type { SealKey } from '../secrets';
import { decodePayloads, readBody } from './decode';
import { isSame, LinkCheck } from './link';
import { peerUser } from './peer';
import { passOn } from './proxy';

export interface GatewayOptions {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Where Temporal's own page is now; null while the server is away. */
  readonly upstream: () => string | null;
  /** Read at each use, so that a rotated key counts at once. */
  readonly keys: () => readonly SealKey[];
}

export interface Gateway {
  close(): Promise<void>;
}

/** The path prefix of Ferry's own pages, which Temporal's page does not use. */
export const OWN_PATH = '/_ferry';

/** How long a browser may decode before it needs another link. */
const SESSION_MS = 12 * 3_600_000;

const MOST_SESSIONS = 100;

/** @throws {FerryError} PORT_BUSY */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const gateway = new Handler(options);
  const server = createServer((request, response) => {
    gateway.handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const isBusy = hasSystemCode(error, 'EADDRINUSE');
      const message = `Port ${options.port} on this machine is in use; Temporal's web page cannot listen there.`;
      reject(isBusy ? new FerryError('PORT_BUSY', message, { cause: error }) : error);
    });
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class Handler {
  readonly #options: GatewayOptions;
  readonly #host: string;
  readonly #origin: string;
  readonly #cookie: string;
  readonly #links = new LinkCheck();
  /** The end of each session, in Unix milliseconds. */
  readonly #sessions = new Map<string, number>();

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#host = `127.0.0.1:${options.port}`;
    this.#origin = `http://${this.#host}`;
    // Cookies ignore ports, so two instances on one machine must use different names.
    this.#cookie = `ferry-ui-${options.port}`;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host, origin } = request.headers;
    if (host === `localhost:${this.#options.port}` && request.method === 'GET') {
      response.writeHead(308, { location: `${this.#origin}${request.url ?? '/'}` }).end();
      return;
    }
    if (host !== this.#host) return refuse(response, 421, `This page answers to the name ${this.#host} only.`);
    const site = request.headers['sec-fetch-site'];
    const isForeign = origin !== undefined && origin !== this.#origin;
    const isForeignWrite = site !== undefined && !['same-origin', 'none'].includes(site) && request.method !== 'GET';
    if (isForeign || isForeignWrite)
      return refuse(response, 403, 'This page does not answer to pages of other origins.');
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (path === OWN_PATH || path.startsWith(`${OWN_PATH}/`)) return this.#handleOwn(path, request, response);
    const upstream = this.#options.upstream();
    if (upstream === null) return refuse(response, 502, "Temporal's web page does not answer.");
    passOn(request, response, new URL(upstream));
  }

  async #handleOwn(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const user = peerUser(request.socket);
    if (user !== null && user !== process.getuid?.()) {
      return refuse(
        response,
        403,
        'Another user of this machine runs this ferry up; values are decoded for that user.',
      );
    }
    if (path === `${OWN_PATH}/open` && request.method === 'GET') return this.#open(request, response);
    if (path === `${OWN_PATH}/decode` && request.method === 'POST') return await this.#decode(request, response);
    return refuse(response, 404, 'There is nothing here.');
  }

  #open(request: IncomingMessage, response: ServerResponse): void {
    const query = new URL(request.url ?? '', this.#origin).searchParams;
    const nowMs = Date.now();
    if (!this.#links.accept(query.get('once') ?? '', this.#options.keys(), nowMs)) {
      return refuse(response, 403, 'This link was used already or has ended. ferry ui makes another one.');
    }
    const session = randomBytes(32).toString('base64url');
    for (const [old, end] of this.#sessions) {
      if (end <= nowMs || this.#sessions.size >= MOST_SESSIONS) this.#sessions.delete(old);
    }
    this.#sessions.set(session, nowMs + SESSION_MS);
    const to = query.get('to') ?? '';
    response
      .writeHead(303, {
        location: /^\/namespaces\/[\w./%~-]*$/.test(to) ? to : '/',
        'set-cookie': `${this.#cookie}=${session}; Path=${OWN_PATH}/; HttpOnly; SameSite=Strict`,
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      })
      .end();
  }

  async #decode(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin, cookie = '' } = request.headers;
    const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
    if (origin !== this.#origin) return refuse(response, 403, 'Only the web page of this ferry up may ask for this.');
    if (type !== 'application/json') return refuse(response, 415, 'Send JSON.');
    if (!this.#hasSession(cookie)) return refuse(response, 401, 'Open the page with a link of ferry ui first.');
    const body = await readBody(request);
    if (body === null) return refuse(response, 413, 'The request is too long.');
    const answer = decodePayloads(body, this.#options.keys());
    if (answer === null) return refuse(response, 400, 'Send {"payloads": [...]}.');
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(answer);
  }

  #hasSession(cookies: string): boolean {
    const given = cookies.split(';').map((pair) => pair.trim().split('='));
    const mine = given.filter(([name]) => name === this.#cookie).map(([, value = '']) => value);
    return [...this.#sessions].some(([session, end]) => end > Date.now() && mine.some((each) => isSame(each, session)));
  }
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  response
    .writeHead(status, {
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    })
    .end(`${sentence}\n`);
}
