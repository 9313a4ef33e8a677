import { FerryError } from '../errors';
import { abortable } from '../lib/shared-call';
import { createConnection, type Connection } from './connection';
import { clientProperties, dial, LARGEST_HISTORY_FRAME_BYTES, type DialedSocket } from './dial';
import { createDiscovery } from './discovery';
import { createHttp } from './http';
import { createLink, type Link } from './link';
import { createLogin } from './login';
import { lookForFiles } from './look';
import { resolveOptions, type LivePersonOptions, type ResolvedOptions } from './options';
import { createProperties } from './properties';
import { createSession } from './session';
import { createTokens } from './tokens';
import { addressKey } from './trust';
import type { AccountAddress, ConsumerSession, ConsumerToken, LivePerson } from './types';

export type { LivePersonOptions, LogEntry } from './options';
export { mayTakeEffectLater } from './lost-requests';
export { isAnswerTo, REFUSALS, type Operation, type RefusalRule } from './refusals';
export { CONNECTION_LOST } from './lost-requests';
export { FILE_SHARING } from './properties';
export type * from './types';

/**
 * Make one for each process: it holds the caches, the sessions of administrators and the shared sockets of consumers.
 */
export function createLivePerson(livePersonOptions: LivePersonOptions = {}): LivePerson {
  const options = resolveOptions(livePersonOptions);
  const http = createHttp(options);
  const discovery = createDiscovery(http);
  const login = createLogin(http, discovery, options);

  const tokens = createTokens(http, discovery);
  const sessions = new Map<string, { readonly session: ConsumerSession; readonly link: Link }>();
  const fresh = new Set<Connection>();
  let closed = false;
  const isClosed = (): boolean => closed;

  async function open(account: AccountAddress, token: ConsumerToken, largestFrame?: number): Promise<Connection> {
    const origin = await discovery.serviceUrl(account, 'asyncMessagingEnt');
    if (isClosed()) throw closing();
    const socket = await dialThroughGate(account, () => dial(origin, account, token, options, largestFrame));
    const connection = createConnection(socket, options, account);
    if (isClosed()) {
      connection.close();
      throw closing();
    }
    if (options.socketAuthentication === 'init-connection') await introduce(connection, token, options);
    return connection;
  }

  function session(account: AccountAddress, token: ConsumerToken): ConsumerSession {
    const key = `${addressKey(account)} ${token.jwt}`;
    let known = sessions.get(key);
    if (known === undefined) {
      const link = createLink(() => open(account, token), options, {
        // A session that a caller kept over an idle time is shared again at its next use.
        busy: () => void (sessions.has(key) || sessions.set(key, made)),
        idle: () => void (sessions.get(key) === made && sessions.delete(key)),
      });
      const made = { session: createSession(account, token, link, options), link };
      known = made;
      sessions.set(key, made);
    }
    return known.session;
  }

  return {
    serviceUrl: (account, service, signal) => discovery.serviceUrl(account, service, signal),
    consumerToken: (account, credentials, signal) => tokens.consumerToken(account, credentials, signal),
    ...createProperties(http, discovery, login, options),
    session,
    async findFileMessages(account, token, request) {
      request.signal?.throwIfAborted();
      const opening = open(account, token, LARGEST_HISTORY_FRAME_BYTES);
      const tracked = opening.then((connection) => fresh.add(connection));
      tracked.catch(() => undefined);
      try {
        return await lookForFiles(await abortable(opening, request.signal), token.consumerId, request);
      } finally {
        void opening.then(
          (connection) => {
            connection.close();
            fresh.delete(connection);
          },
          () => undefined,
        );
      }
    },
    async close() {
      closed = true;
      for (const { link } of sessions.values()) link.close();
      sessions.clear();
      for (const connection of fresh) connection.close();
      await http.close();
    },
  };
}

function closing(): FerryError {
  return new FerryError('MESSAGING_UNAVAILABLE', 'Ferry is closing its connections to LivePerson.');
}

async function dialThroughGate({ gate }: AccountAddress, work: () => Promise<DialedSocket>): Promise<DialedSocket> {
  const permit = await gate?.enter();
  let isOver = false;
  try {
    const socket = await work();
    isOver = true;
    return socket;
  } catch (error) {
    isOver = error instanceof FerryError && error.details['status'] !== undefined;
    if (error instanceof FerryError && error.code === 'THROTTLED') permit?.refused(error.retryAfterMs);
    throw error;
  } finally {
    permit?.release(isOver);
  }
}

/** LivePerson rejects requests that come before the answer to InitConnection. */
async function introduce(connection: Connection, token: ConsumerToken, options: ResolvedOptions): Promise<void> {
  try {
    await connection.request({
      operation: 'connect',
      type: 'InitConnection',
      headers: [
        clientProperties('.ams.headers.ClientProperties'),
        { type: '.ams.headers.ConsumerAuthentication', jwt: token.jwt },
      ],
      timeoutMs: options.connectTimeoutMs,
    });
  } catch (error) {
    connection.close();
    throw error;
  }
}
