import type { Client } from '@temporalio/client';
import { isFerryError } from '../errors';
import type { ConsumerToken, LivePerson, ConsumerSession } from '../liveperson/types';
import type { Sealer } from '../secrets';
import {
  CONSUMER_UPDATE,
  type ConsumerAnswer,
  consumerWorkflowId,
  type ConversationRef,
  type Identity,
  type SealedToken,
} from '../contract';
import { SharedCalls } from '../lib/shared-call';
import type { AccountAccess } from './account-access';
import { askConsumer } from './ask-consumer';
import { openToken } from './sealed-token';

/** A worker runs for months, and an account may have a consumer for each of its customers. */
const MOST_CONSUMERS = 5000;
const MOST_DIALOGS = 100;

/** Cached facts about one consumer. */
interface Known {
  token: { readonly sealed: SealedToken; readonly open: ConsumerToken } | null;
  conversation: ConversationRef | null;
  /** The running update to the consumer workflow. Callers that come meanwhile wait for the same answer. */
  readonly asking: SharedCalls<void>;
  /** Highest known sequence of each of the last {@link MOST_DIALOGS} dialogs. */
  readonly sequences: Map<string, number>;
}

interface Deps {
  readonly client: () => Client;
  readonly liveperson: LivePerson;
  readonly sealer: Sealer;
  account(name: string): AccountAccess;
  /** The form of a consumer's name in the id of its workflow. @default the name itself */
  readonly shownName?: (account: string, consumer: string) => string;
}

/**
 * A cache of tokens and open conversations of the consumers that this worker speaks as. The consumer workflows own the
 * data; with the cache, thousands of transfers do not ask them for unchanged data. The least recently used consumers
 * are dropped from the cache.
 *
 * A signal ends only the wait of its caller, not the update: other callers may wait for the same answer, and in an
 * outage the answer can take longer than a pause or cancel may wait.
 */
export class ConsumerDirectory {
  /** In the order of use; the most recently used consumer is last. */
  private readonly known = new Map<string, Known>();
  private readonly deps: Deps;
  private readonly mostConsumers: number;

  constructor(deps: Deps, mostConsumers = MOST_CONSUMERS) {
    this.deps = deps;
    this.mostConsumers = mostConsumers;
  }

  /** The consumer's open conversation, found or created by its workflow. */
  async conversation(identity: Identity, closed: readonly string[], signal: AbortSignal): Promise<ConversationRef> {
    const known = this.of(identity);
    if (known.conversation === null || closed.includes(known.conversation.conversationId)) {
      const request = { closed, needConversation: true };
      await this.ask(identity, `open ${closed.join(' ')}`, CONSUMER_UPDATE.open, request, signal);
    }
    return known.conversation!;
  }

  /** Runs `work` as the consumer; renews an expired token once. Not for publishing. */
  async as<T>(identity: Identity, work: (session: ConsumerSession) => Promise<T>, signal: AbortSignal): Promise<T> {
    const first = await this.token(identity, signal);
    try {
      return await work(this.session(identity, first));
    } catch (error) {
      if (!isFerryError(error) || error.code !== 'TOKEN_EXPIRED') throw error;
    }
    const second = await this.renew(identity, first, signal);
    return await work(this.session(identity, second));
  }

  session({ account }: Identity, token: ConsumerToken): ConsumerSession {
    return this.deps.liveperson.session(this.deps.account(account).address, token);
  }

  async token(identity: Identity, signal: AbortSignal): Promise<ConsumerToken> {
    const known = this.of(identity);
    if (known.token === null) {
      const request = { closed: [], needConversation: false };
      await this.ask(identity, 'token', CONSUMER_UPDATE.open, request, signal);
    }
    return known.token!.open;
  }

  /** A token other than the refused token. All callers share one renewal. */
  async renew(identity: Identity, refused: ConsumerToken, signal: AbortSignal): Promise<ConsumerToken> {
    // Dropped from the cache: ask the workflow, which may have a newer token.
    await this.token(identity, signal);
    const known = this.of(identity);
    if (known.token!.open.jwt === refused.jwt) {
      const { fingerprint } = known.token!.sealed;
      const request = { refused: fingerprint };
      await this.ask(identity, `renew ${fingerprint}`, CONSUMER_UPDATE.renewToken, request, signal);
    }
    return known.token!.open;
  }

  /** A sequence of the dialog that is lower than those of all later messages; 0 when none is known. */
  lastSequence(identity: Identity, dialogId: string): number {
    return this.of(identity).sequences.get(dialogId) ?? 0;
  }

  sawSequence(identity: Identity, dialogId: string, sequence: number): void {
    const { sequences } = this.of(identity);
    const highest = Math.max(sequences.get(dialogId) ?? 0, sequence);
    sequences.delete(dialogId);
    sequences.set(dialogId, highest);
    if (sequences.size > MOST_DIALOGS) sequences.delete(sequences.keys().next().value!);
  }

  private of({ account, consumer }: Identity): Known {
    const key = consumerWorkflowId(account, consumer);
    const known: Known = this.known.get(key) ?? {
      token: null,
      conversation: null,
      asking: new SharedCalls(),
      sequences: new Map(),
    };
    this.known.delete(key);
    this.known.set(key, known);
    this.forgetOneBefore(known);
    return known;
  }

  private forgetOneBefore(latest: Known): void {
    if (this.known.size <= this.mostConsumers) return;
    for (const [key, one] of this.known) {
      if (one === latest) return;
      // Callers that wait for an answer find it there.
      if (one.asking.size === 0) {
        this.known.delete(key);
        return;
      }
    }
  }

  private ask(identity: Identity, what: string, update: string, request: object, signal: AbortSignal): Promise<void> {
    const known = this.of(identity);
    const start = async (): Promise<void> =>
      this.keep(
        identity,
        known,
        await askConsumer(this.deps.client(), identity, this.shown(identity), update, request),
      );
    return known.asking.run(what, start, signal);
  }

  private shown({ account, consumer }: Identity): string {
    return this.deps.shownName?.(account, consumer) ?? consumer;
  }

  private keep(identity: Identity, known: Known, { token, conversation }: ConsumerAnswer): void {
    if (known.token?.sealed.consumerId !== token.consumerId) known.conversation = null;
    if (known.token?.sealed.fingerprint !== token.fingerprint) {
      known.token = { sealed: token, open: openToken(this.deps.sealer, identity, token) };
    }
    if (conversation !== null) known.conversation = conversation;
  }
}
