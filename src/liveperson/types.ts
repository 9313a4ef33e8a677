/**
 * LivePerson's messaging service as a plain library: discovery, login, site properties, consumer tokens, the consumer
 * socket (v3) and its requests. Knows nothing of Temporal and nothing of storage.
 *
 * All functions throw {@link FerryError} with a code of the error table, or the signal's reason when aborted. Every
 * payload from outside is checked by a tolerant schema: unknown fields and types are ignored, a single element may
 * stand for an array, answers are matched on `reqId` (a string) and never on their type.
 */

import type { Gate } from '../lib/gate';
import type { RefusalRule } from './refusals';

export interface AccountAddress {
  /** LivePerson account (site) id. */
  readonly accountId: string;
  /** `host[:port]` of domain discovery. */
  readonly domain: string;
  /** http and ws instead of https and wss; accepted for loopback only. */
  readonly plaintext: boolean;
  /** PEM of a private certificate authority. */
  readonly ca?: string;
  /** Hosts trusted besides the configured domain, liveperson.net and lpsnmedia.net. */
  readonly trustedHosts: readonly string[];
  /** Tried before the built-in rules, for undocumented codes of this account's service. */
  readonly refusals?: readonly RefusalRule[];
  /** Every request passes it, on whichever connection. @default no limit */
  readonly gate?: Gate;
}

export type ServiceName = 'asyncMessagingEnt' | 'idp' | 'agentVep' | 'swift' | 'accountConfigReadWrite';

/** The passwords and keys themselves. The caller reads them at the last moment. */
export type AdminCredentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | ({ readonly kind: 'apiKey'; readonly username: string } & ApiKey);

/** OAuth 1.0 keys still work where LivePerson has not ended them yet. */
export type ApiKey =
  | { readonly oauth: 2; readonly clientId: string; readonly clientSecret: string }
  | {
      readonly oauth: 1;
      readonly appKey: string;
      readonly secret: string;
      readonly accessToken: string;
      readonly accessTokenSecret: string;
    };

export type ConsumerCredentials =
  | { readonly kind: 'signup' }
  | {
      readonly kind: 'anonymous';
      readonly connectorId: string;
      /** from an earlier token, to refresh it */ readonly externalToken?: string;
    }
  | { readonly kind: 'authenticated'; /** the brand's signed JWT or code */ readonly authCode: string };

export interface ConsumerToken {
  /** A secret: never log. */
  readonly jwt: string;
  /** `sub` of the JWT; equals originatorId of the consumer's messages. */
  readonly consumerId: string;
  /** `exp`, Unix seconds; null when the token says none. */
  readonly expiresAt: number | null;
  /** Of the anonymous flow, to refresh with. A secret. */
  readonly externalToken?: string;
}

export interface SignedUrlAnswer {
  readonly relativePath: string;
  /** Signature and expiry. A secret: never log. */
  readonly queryParams: Readonly<Record<string, string>>;
}

export interface Conversation {
  readonly conversationId: string;
  readonly state: 'OPEN' | 'CLOSE';
  /** Id of the MAIN dialog. */
  readonly dialogId: string;
  readonly startedAtMs: number;
}

/** An own or foreign hosted/file message found in a dialog. */
export interface FileMessage {
  readonly sequence: number;
  readonly originatorId: string;
  readonly relativePath: string;
}

/** For requests that must not take effect twice. */
export interface SendOnce {
  /** Awaited when the socket is ready for the frame, directly before `permit`; throws to forbid it. */
  readonly beforeSend?: () => Promise<void>;
  /**
   * Called in the tick in which the socket gets the frame; throws to forbid sending. So a process that was stopped and
   * continued does not send a frame that another attempt may have sent.
   */
  readonly permit?: () => void;
}

export interface PublishFileRequest extends SendOnce {
  readonly conversationId: string;
  readonly dialogId: string;
  readonly relativePath: string;
  readonly fileType: string;
  readonly caption: string;
  /** A data URI of at most 30,000 bytes; absent without a preview. */
  readonly preview?: string;
  readonly signal?: AbortSignal;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** @default 10000 */
  readonly timeoutMs?: number;
}

/** The socket of one consumer, shared by all callers in the process. */
export interface ConsumerSession {
  readonly consumerId: string;
  requestUploadUrl(
    file: { readonly sizeBytes: number; readonly fileType: string },
    options?: RequestOptions,
  ): Promise<SignedUrlAnswer>;
  requestDownloadUrl(relativePath: string, options?: RequestOptions): Promise<SignedUrlAnswer>;
  /** All conversations that the service reports after subscribing, newest first. */
  conversations(options?: RequestOptions): Promise<readonly Conversation[]>;
  /** Not repeated by the library: a lost answer is ANSWER_LOST. */
  createConversation(
    options: RequestOptions & SendOnce & { readonly skillId: string },
  ): Promise<{ readonly conversationId: string }>;
  /**
   * Publishes a hosted/file message. Not queued, and not repeated over a new connection: when the answer is missing,
   * the socket is terminated first, and then ANSWER_LOST is thrown.
   */
  publishFile(request: PublishFileRequest): Promise<{ readonly sequence: number }>;
  close(): void;
}

export interface LookRequest {
  readonly conversationId: string;
  readonly dialogId: string;
  /** The first sequence to read. */
  readonly fromSeq: number;
  /** Messages with any of these paths are found. */
  readonly relativePaths: readonly string[];
  /** The look ends when this many are found. @default 1 */
  readonly enough?: number;
  readonly signal?: AbortSignal;
  /** A message is absent after this time without history behind the answer to GetClock. @default 3000 */
  readonly quietMs?: number;
}

export interface SiteProperty {
  readonly id: string;
  readonly value: unknown;
  /** The value is true, as a boolean or as a text. */
  readonly isOn: boolean;
  /** Time since the last change by the service's own clock, in milliseconds; null when the service does not tell. */
  readonly modifiedAgoMs: number | null;
  /** ETag of the answer; null when it had none. */
  readonly revision: string | null;
}

/** Properties of a whole site; an administrator reads and writes them. */
export interface SiteProperties {
  /**
   * Makes sure that messaging.file.sharing.enabled is on. Reads the property first, and writes it only where it is off
   * and `mayWrite`; else FILE_SHARING_OFF. Callers at the same time share one login.
   */
  ensureFileSharing(
    account: AccountAddress,
    credentials: AdminCredentials,
    mayWrite: boolean,
    signal?: AbortSignal,
  ): Promise<{ readonly wasOn: boolean }>;
  readProperty(
    account: AccountAddress,
    credentials: AdminCredentials,
    id: string,
    signal?: AbortSignal,
  ): Promise<SiteProperty | null>;
}

export interface LivePerson extends SiteProperties {
  /** Base URI of a service (`https://host`), found by discovery, checked for trust, cached for a minute. */
  serviceUrl(account: AccountAddress, service: ServiceName, signal?: AbortSignal): Promise<string>;
  consumerToken(
    account: AccountAddress,
    credentials: ConsumerCredentials,
    signal?: AbortSignal,
  ): Promise<ConsumerToken>;
  /** The process's shared session of this consumer: connects when first used, closes when idle. */
  session(account: AccountAddress, token: ConsumerToken): ConsumerSession;
  /**
   * Looks for the consumer's own messages with these relativePaths, over a new socket. A message that is not returned
   * does not exist.
   */
  findFileMessages(
    account: AccountAddress,
    token: ConsumerToken,
    request: LookRequest,
  ): Promise<readonly FileMessage[]>;
  close(): Promise<void>;
}
