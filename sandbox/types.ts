/**
 * Doors inside the sandbox: between its core (HTTP server, faults, request journal, durable journal, storage) and its
 * messaging side (discovery, login, properties, tokens, sockets, conversations). The sandbox shares no code with the
 * client side of Ferry, or a mistake would meet its own twin and vanish.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

export interface SandboxOptions {
  /** 0 picks a free one. */
  readonly port: number;
  /** Directory of its own; made when missing. What was acknowledged is found there after kill -9. */
  readonly stateDir: string;
  /** Life of a signed URL in seconds. @default 60 */
  readonly urlLifeSeconds?: number;
  /** Largest file in bytes. @default 3145728 (3 * 1024 * 1024) */
  readonly maxBytes?: number;
  /** File types that the account takes. @default JPG, JPEG, PNG, GIF */
  readonly types?: readonly string[];
  /** Sign for a real Swift instead of storing objects itself. */
  readonly swift?: { readonly url: string; readonly key: string };
  /** Time until a change of a site property reaches the messaging side, in seconds. @default 0 */
  readonly propertyDelaySeconds?: number;
  /** Serve https and wss instead, under an authority of its own in `stateDir`. @default false */
  readonly tls?: boolean;
  readonly log?: (line: string) => void;
}

export interface SandboxHandle {
  /** `http://127.0.0.1:PORT`, or `https://127.0.0.1:PORT` with TLS. */
  readonly url: string;
  readonly port: number;
  /** With TLS the path of the authority's certificate, which clients must trust; else null. */
  readonly caFile: string | null;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- faults (POST /_sandbox/faults)

/** `csds`, `login`, `property`, `signup`, `socket`, `request:<type>`, `put`, `get`, `head`. */
export type FaultPoint = string;

export type FaultAction =
  | 'drop-before'
  | 'drop-after'
  | 'corrupt'
  | 'expired'
  | { readonly status: number }
  | { readonly error: { readonly code: number; readonly errorCode?: number; readonly title?: string } }
  | { readonly delayMs: number }
  | { readonly closeCode: number }
  | { readonly resetAfterBytes: number }
  | { readonly truncateAtBytes: number };

export interface FaultRule {
  readonly at: FaultPoint;
  readonly do: FaultAction;
  /** Times left; absent: until deleted. */
  readonly times?: number;
  /** Holds only while more requests of the same kind (requests or transfers) than this are in flight. */
  readonly above?: number;
}

export interface Faults {
  /** The action for this request, if a rule matches: the first in order that holds now, whose times are counted down. */
  take(point: FaultPoint): FaultAction | null;
  rules(): readonly FaultRule[];
}

// ---------------------------------------------------------------- what happened (GET /_sandbox/requests)

export interface RequestRecord {
  /** ISO 8601. */
  readonly at: string;
  readonly over: 'http' | 'socket';
  readonly method?: string;
  readonly type?: string;
  /** Without query and token. */
  readonly path?: string;
  readonly status?: number;
  readonly code?: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface RequestLog {
  add(record: Omit<RequestRecord, 'at'>): void;
  all(): readonly RequestRecord[];
}

// ---------------------------------------------------------------- how much is under way (GET /_sandbox/load)

/** `requests`: login, sign-up, frames of a socket. `transfers`: PUT, GET and HEAD of storage. */
export type LoadKind = 'requests' | 'transfers' | 'others';

export interface LoadMeter {
  /** Counts a request from its arrival; the returned function says that it is answered, or never will be. */
  enter(kind: LoadKind): () => void;
}

// ---------------------------------------------------------------- what is kept

/** Appends and fsyncs before it resolves; concurrent appends share one fsync. A torn last line is dropped at start. */
export interface Journal {
  append(entry: object): Promise<void>;
}

// ---------------------------------------------------------------- plain HTTP routes of the messaging side

export interface HttpRequest {
  readonly method: string;
  /** Decoded path without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The core applies faults (delay, status, drop-before, drop-after ...) around `handle` and records the request. */
export interface HttpRoute {
  readonly point: FaultPoint;
  matches(method: string, path: string): boolean;
  handle(request: HttpRequest): Promise<HttpAnswer>;
}

export interface UrlSigner {
  /** `floor(now + life)` in Unix seconds and the HMAC-SHA1 signature, both as strings. */
  sign(method: 'PUT' | 'GET', relativePath: string): { temp_url_sig: string; temp_url_expires: string };
  /** Already expired: for the action "expired". */
  signExpired(method: 'PUT' | 'GET', relativePath: string): { temp_url_sig: string; temp_url_expires: string };
}

export interface ObjectStore {
  /** null: no such object. With `--swift` a HEAD of the real one. */
  stat(relativePath: string): Promise<{ readonly sizeBytes: number; readonly md5: string } | null>;
}

/** What the messaging side is given. */
export interface MessagingDeps {
  readonly accountId: string;
  /** `host:port` under which everything is reached; for discovery answers. */
  readonly selfHost: () => string;
  /** `host:port` of storage: ourselves, or the real Swift's. */
  readonly storageHost: () => string;
  readonly rules: { readonly types: readonly string[]; readonly maxBytes: number };
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly load: LoadMeter;
  readonly journal: Journal;
  readonly urls: UrlSigner;
  readonly objects: ObjectStore;
}

/** What the messaging side offers to the core (`createMessaging` in `messaging/index.ts`). */
export interface Messaging {
  readonly routes: readonly HttpRoute[];
  /** True when the path is ours and the upgrade was taken. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /**
   * Called once for each entry of the journal at start, in order, before anything is served. Ignores foreign entries.
   */
  replay(entry: unknown): void;
  /** GET /_sandbox/messages and /_sandbox/conversations. */
  messages(): readonly object[];
  conversations(): readonly object[];
  close(): Promise<void>;
}
