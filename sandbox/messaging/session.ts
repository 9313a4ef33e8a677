import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { resetConnection } from '../reset';
import type { Behaviour } from './behaviour';
import type { Conversation, OpenOrClosed } from './entries';
import type { JsonObject } from './json';

/** Whom a socket speaks as: a consumer, or on the brand's socket an agent. */
export interface Identity {
  /** As a participant: a consumer's `sub`, an agent's `userPid`. */
  readonly consumerId: string;
  readonly role: 'CONSUMER' | 'AGENT';
  /** Unix seconds; the socket is closed then. */
  readonly expiresAt: number;
  /** From the anonymous flow: an expired one is answered with 4407, not 4401. */
  readonly isAnonymous: boolean;
}

export type Dialect = 'v3' | 'v2';

/** One cqm.SubscribeExConversations. */
export interface ConversationSubscription {
  readonly states: readonly OpenOrClosed[];
  readonly stages: readonly OpenOrClosed[];
  readonly minLastUpdatedTime: number;
  /** Conversations reported so far: those that stop matching are reported as DELETE. */
  readonly reported: Set<string>;
  /** Whether the subscriber may see it and asked for it. */
  isWanted(conversation: Conversation): boolean;
}

/**
 * One socket. It begins without identity and must get one before the deadline; it ends by itself when the
 * token expires or when nothing came for too long. Nothing of it survives: subscriptions belong to the socket.
 */
export interface Session {
  /** `v3` on the consumer's socket, `v2` on the brand's: names of requests and forms of notifications differ. */
  readonly dialect: Dialect;
  readonly identity: Identity | null;
  clientProperties: JsonObject;
  readonly conversations: Map<string, ConversationSubscription>;
  readonly dialogs: Set<string>;
  /** The server has ended it; nothing more is read from it or sent to it. */
  readonly hasEnded: boolean;
  /** Gone from either side. */
  readonly isGone: boolean;
  authenticate(identity: Identity): void;
  /** False when it is gone, or a limit ends it with this frame. */
  send(text: string): boolean;
  /** After the answers of this tick: a live notification follows the answer to the request that caused it. */
  sendSoon(text: string): void;
  /** Closes in order; codes that may not stand in a close frame (1005, 1006, 1015 ...) cut the connection. */
  close(code: number, reason: string): void;
  cut(how: 'terminate' | 'reset'): void;
  /** Ends the connection once so many bytes of text were sent; the frame that passes the limit is not sent. */
  limit(maxBytes: number, how: 'terminate' | 'reset'): void;
  /** Something came in: the idle time starts again. */
  touch(): void;
}

/** setTimeout fires at once above this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function expiredCode(identity: Pick<Identity, 'isAnonymous'>): number {
  return identity.isAnonymous ? 4407 : 4401;
}

export function createSession(
  ws: WebSocket,
  connection: Duplex,
  behaviour: Behaviour,
  dialect: Dialect = 'v3',
): Session {
  let identity: Identity | null = null;
  let hasEnded = false;
  let isHeld = false;
  let bytesLeft: { count: number; readonly how: 'terminate' | 'reset' } | null = null;
  let expiry: NodeJS.Timeout | undefined;

  const deadline = setTimeout(() => session.close(4401, 'no token presented in time'), behaviour.initDeadlineMs);
  const idle = setTimeout(() => session.close(1001, 'idle'), behaviour.idleMs);
  ws.once('close', () => {
    for (const timer of [deadline, idle, expiry]) clearTimeout(timer);
  });

  function watchExpiry(of: Identity): void {
    const leftMs = of.expiresAt * 1000 - Date.now();
    clearTimeout(expiry);
    if (leftMs > LONGEST_TIMER_MS || ws.readyState === ws.CLOSED) return;
    expiry = setTimeout(() => session.close(expiredCode(of), 'token expired'), leftMs);
  }

  /** Answers of one turn of the event loop leave in one write: a system call for each is what a crowd costs most. */
  function holdWrites(): void {
    if (isHeld) return;
    isHeld = true;
    connection.cork();
    setImmediate(letWritesGo);
  }

  function letWritesGo(): void {
    if (!isHeld) return;
    isHeld = false;
    connection.uncork();
  }

  const session: Session = {
    dialect,
    get identity() {
      return identity;
    },
    clientProperties: { type: '.ClientProperties' },
    conversations: new Map(),
    dialogs: new Set(),
    get hasEnded() {
      return hasEnded;
    },
    get isGone() {
      return hasEnded || ws.readyState !== ws.OPEN;
    },
    authenticate(newIdentity) {
      identity = newIdentity;
      clearTimeout(deadline);
      watchExpiry(newIdentity);
    },
    send(text) {
      if (session.isGone) return false;
      if (bytesLeft && (bytesLeft.count -= Buffer.byteLength(text)) < 0) {
        session.cut(bytesLeft.how);
        return false;
      }
      holdWrites();
      ws.send(text);
      return true;
    },
    sendSoon(text) {
      setImmediate(() => session.send(text));
    },
    close(code, reason) {
      if (hasEnded) return;
      hasEnded = true;
      letWritesGo();
      if (isSendable(code)) ws.close(code, reason);
      else ws.terminate();
    },
    cut(how) {
      hasEnded = true;
      // As with a server that writes at once: what was answered before the cut has left.
      letWritesGo();
      if (how === 'reset') resetConnection(connection);
      else ws.terminate();
    },
    limit(maxBytes, how) {
      bytesLeft = { count: maxBytes, how };
    },
    touch() {
      if (ws.readyState === ws.OPEN) idle.refresh();
    },
  };
  return session;
}

function isSendable(code: number): boolean {
  const isStandard = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
  return isStandard || (code >= 3000 && code <= 4999);
}
