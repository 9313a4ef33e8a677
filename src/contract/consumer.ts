/** The consumer workflow: its state, its updates and what its activities are asked. */
import type { Identity } from './transfer';
import type { Shapes } from './shapes';

/**
 * A value sealed for one purpose and one owner, `f1.<key id>.<rest>`; opaque outside the activities but for the key id.
 */
export type Sealed = string;

export function isSealedWith(keyId: string, sealed: Sealed): boolean {
  return sealed.startsWith(`f1.${keyId}.`);
}

/** Id of the key that sealed the value. */
export function sealKeyOf(sealed: Sealed): string {
  return sealed.split('.')[1] ?? '';
}

/** Updates of the consumer workflow. */
export const CONSUMER_UPDATE = { open: 'open', renewToken: 'renewToken', look: 'look', reseal: 'reseal' } as const;

/**
 * Of the update `reseal`: seal the token with this key, then begin a new run, so that nothing that the workflow needs
 * is sealed with an older key.
 */
export interface ResealRequest {
  /** Id of the key that now seals tokens. */
  readonly sealKey: string;
}

/** Of the update `reseal`. */
export interface ResealAnswer {
  /** False when another worker, with another first key, has sealed the token meanwhile. */
  readonly resealed: boolean;
}

/** Query of the consumer workflow: which key its token needs. */
export const SEAL_KEY_QUERY = 'sealKey';

/** Of the query `sealKey`. */
export interface SealKeyAnswer {
  /** Null: the consumer has no token yet. */
  readonly keyId: string | null;
}

/** Input of the update `look`: is this conversation of the consumer open? */
export type LookRequest = { readonly conversationId: string };

/** Null: an answer would need a sign-up or a new token, and a look must not cause either. */
export interface LookAnswer {
  readonly open: boolean | null;
}

/** A consumer's token, sealed for its consumer workflow's id. */
export interface SealedToken {
  readonly sealed: Sealed;
  readonly consumerId: string;
  /** Unix seconds; null when it does not expire. */
  readonly expiresAt: number | null;
  /** Identifies the token without opening it: the first 12 hex characters of its SHA-256. */
  readonly fingerprint: string;
}

export interface ConversationRef {
  readonly conversationId: string;
  readonly dialogId: string;
}

export interface ConsumerInput extends Identity {
  /** Carried over when the workflow continues as new. */
  readonly token: SealedToken | null;
  readonly conversation: ConversationRef | null;
  /**
   * Unix milliseconds until which an unanswered creation may still make a conversation; null or absent: there is none.
   */
  readonly creationSettledAt?: number | null;
}

export interface ConsumerOpenRequest {
  /** Conversations known to be closed: forget them and open another. */
  readonly closed: readonly string[];
  /** False: only the token is needed (a conversation was given). */
  readonly needConversation: boolean;
}

export interface ConsumerAnswer {
  readonly token: SealedToken;
  readonly conversation: ConversationRef | null;
}

export interface RenewTokenRequest {
  /** Fingerprint of the refused token. All callers share one renewal. */
  readonly refused: string;
}

export interface AcquireTokenInput extends Identity {
  /** The token that is to be renewed; null for the first. */
  readonly previous: SealedToken | null;
}

export interface EnsureConversationInput extends Identity {
  readonly token: SealedToken;
  readonly closed: readonly string[];
  /** Unix milliseconds until which the absence of a conversation proves nothing; null: it is proof at once. */
  readonly settledAt: number | null;
  /** The same in milliseconds from the scheduling, which depends on no clock. Absent from 0.2.0-rc.1. */
  readonly settlesInMs?: number | null;
}

export interface ResealTokenInput extends Identity {
  readonly token: SealedToken;
}

export interface LookAtConversationInput extends Identity {
  readonly token: SealedToken;
  readonly conversationId: string;
}

/** On the shared queue, for the consumer workflow alone. */
export interface ConsumerActivities {
  readonly acquireToken: (input: AcquireTokenInput) => Promise<SealedToken>;
  /** The same token, sealed with the first key of the worker's ring. */
  readonly resealToken: (input: ResealTokenInput) => Promise<SealedToken>;
  readonly ensureConversation: (input: EnsureConversationInput) => Promise<ConversationRef>;
  readonly lookAtConversation: (input: LookAtConversationInput) => Promise<LookAnswer>;
}

export const CONSUMER_RESULTS: Shapes<ConsumerActivities> = {
  acquireToken: { sealed: 'text', consumerId: 'text', fingerprint: 'text' },
  resealToken: { sealed: 'text', consumerId: 'text', fingerprint: 'text' },
  ensureConversation: { conversationId: 'text', dialogId: 'text' },
  lookAtConversation: { open: 'truth or null' },
};
