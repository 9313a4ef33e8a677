/**
 * What the messaging side writes to the sandbox's journal. An entry is written before its effect is acknowledged, and
 * replaying all entries in order gives the same state: an entry must hold everything that {@link applyEntry} needs.
 */
import { isObject, type JsonObject } from './json';

export type OpenOrClosed = 'OPEN' | 'CLOSE';

export interface Participant {
  readonly id: string;
  readonly role: 'CONSUMER' | 'ASSIGNED_AGENT' | 'AGENT' | 'MANAGER' | 'READER' | 'CONTROLLER';
}

export interface Dialog {
  readonly dialogId: string;
  readonly dialogType: 'MAIN';
  readonly state: OpenOrClosed;
  readonly creationTs: number;
  readonly endTs?: number;
  readonly closedCause?: string;
}

export interface Conversation {
  readonly conversationId: string;
  readonly consumerId: string;
  /** The account. */
  readonly brandId: string;
  readonly participants: readonly Participant[];
  readonly skillId: string;
  /** Is the MAIN dialog open? */
  readonly state: OpenOrClosed;
  /** Is the container open? */
  readonly stage: OpenOrClosed;
  readonly startTs: number;
  readonly endTs?: number;
  readonly closeReason?: string;
  readonly lastUpdateTime: number;
  readonly ttr: { readonly ttrType: string; readonly value: number };
  readonly csat?: JsonObject;
  readonly context?: JsonObject;
  readonly dialogs: readonly Dialog[];
}

export type ConversationUpdate =
  | { readonly field: 'state'; readonly closedCause: string; readonly closeReason?: string }
  | { readonly field: 'dialog'; readonly dialogId: string; readonly closedCause: string }
  | { readonly field: 'ttr'; readonly ttrType: string; readonly value: number }
  | { readonly field: 'csat'; readonly csat: JsonObject }
  | { readonly field: 'participant'; readonly change: 'ADD' | 'REMOVE'; readonly participant: Participant };

export interface Message {
  readonly conversationId: string;
  readonly dialogId: string;
  readonly sequence: number;
  readonly originatorId: string;
  readonly originatorMetadata: JsonObject;
  readonly serverTimestamp: number;
  readonly event: JsonObject;
  /** `metadata` of the request, echoed in notifications; null when there was none. */
  readonly metadata: unknown;
}

export interface Upload {
  readonly relativePath: string;
  readonly consumerId: string;
  /** As declared when the URL was asked for. */
  readonly sizeBytes: number;
  readonly fileType: string;
}

export interface AdminSession {
  readonly username: string;
  readonly bearer: string;
  readonly csrf: string;
  readonly cookie: string;
  readonly expiresAtMs: number;
}

export interface SiteProperty {
  readonly id: string;
  readonly type: number;
  readonly propertyValue: JsonObject;
  readonly deleted: boolean;
  readonly createdDate: string;
  readonly modifiedDate: string;
  /** Counts the writes to all properties of the site. */
  readonly revision: number;
}

export type Fact =
  | { readonly what: 'token-key'; readonly privateKeyPem: string }
  | { readonly what: 'session'; readonly session: AdminSession }
  | { readonly what: 'session-ended'; readonly bearer: string }
  | { readonly what: 'property'; readonly property: SiteProperty }
  | { readonly what: 'consumer'; readonly consumerId: string; readonly via: 'signup' | 'anonymous' | 'authenticated' }
  | { readonly what: 'profile'; readonly consumerId: string; readonly profile: JsonObject }
  | { readonly what: 'upload'; readonly upload: Upload }
  | { readonly what: 'conversation'; readonly conversation: Conversation }
  | {
      readonly what: 'conversation-changed';
      readonly conversationId: string;
      readonly atMs: number;
      readonly updates: readonly ConversationUpdate[];
    }
  | { readonly what: 'message'; readonly message: Message };

/** The journal is shared with storage; the room tells whose entry it is. */
export type Entry = Fact & { readonly room: 'messaging' };

/** Entries of ours were written by ourselves, so the room is proof enough. */
export function isOwnEntry(value: unknown): value is Entry {
  return isObject(value) && value['room'] === 'messaging' && typeof value['what'] === 'string';
}
