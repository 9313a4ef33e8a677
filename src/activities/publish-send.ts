import type { ConsumerToken } from '../liveperson/types';
import { SETTLE_MS, type Identity, type OpenedAt, type PublishFacts } from '../contract';
import type { Intent } from '../ledger';
import { graceForAnswer, type AnswerGrace } from './answer-grace';
import type { ActivityDeps } from './deps';
import type { Attempt } from './edge';
import { factsAfter, SentElsewhere, stops, unlessAnswered, type Outcome } from './publish-outcome';
import { createFence, FENCE_VALID_MS, heldUp, type Fence } from './fence';

/**
 * How long after its intent a frame may leave. A transfer that waits for what becomes of the intent relies on it; an
 * attempt that is frozen has no heartbeat, and so no fence, after the same time.
 */
export const INTENT_VALID_MS = 15_000;

/** Pictures that are made small while frames before theirs are sent. */
const PREVIEWS_AHEAD = 4;

/** A message that is to be made. */
export interface Frame {
  readonly transferId: string;
  /** Of the file, for people. */
  readonly name: string;
  readonly fileType: string;
  readonly relativePath: string;
  readonly caption: string;
  readonly md5: string;
  readonly sendKey: string | null;
  /** Null: without one. */
  preview(): Promise<string | null>;
}

export interface Sending<Each extends Frame> extends Identity {
  readonly opened: OpenedAt;
  /** In the order in which they are to leave. */
  readonly frames: readonly Each[];
  /** What is published, as the subject of a message: a file's name. */
  readonly what: string;
  /** Keeps what is known of the frames in the attempt's details; `open` are those of which a message may exist. */
  note(facts: PublishFacts, open: readonly Each[]): void;
}

/** Sends each frame once, behind one fence. Never throws. */
export async function sendFrames<Each extends Frame>(
  deps: ActivityDeps,
  order: Sending<Each>,
  token: ConsumerToken,
  attempt: Attempt<PublishFacts>,
): Promise<ReadonlyMap<Each, Outcome>> {
  return await new Sender(deps, order, token, attempt).run();
}

class Sender<Each extends Frame> {
  private readonly deps: ActivityDeps;
  private readonly order: Sending<Each>;
  private readonly token: ConsumerToken;
  private readonly attempt: Attempt<PublishFacts>;
  private readonly signal: AbortSignal;
  private readonly fence: Fence;
  private readonly grace: AnswerGrace;
  private readonly intents = new Map<Each, Intent>();
  private readonly outcomes = new Map<Each, Outcome>();
  private readonly previews = new Map<Each, Promise<string | null>>();

  constructor(deps: ActivityDeps, order: Sending<Each>, token: ConsumerToken, attempt: Attempt<PublishFacts>) {
    this.deps = deps;
    this.order = order;
    this.token = token;
    this.attempt = attempt;
    this.signal = attempt.signal;
    this.fence = createFence(deps.confirmHeartbeat, attempt, `Publishing ${order.what}`);
    this.grace = graceForAnswer(attempt.signal);
  }

  async run(): Promise<ReadonlyMap<Each, Outcome>> {
    try {
      await this.sendAll();
    } finally {
      this.grace.end();
    }
    for (const frame of this.order.frames) {
      if (!this.outcomes.has(frame)) this.outcomes.set(frame, { kind: 'unsent' });
    }
    this.noteEnd();
    await this.withdraw();
    return this.outcomes;
  }

  /**
   * Each frame waits for the answer to the one before: a service may take longer over one frame than over the next, and
   * messages come in the order of the frames only so.
   */
  private async sendAll(): Promise<void> {
    for (const [index, frame] of this.order.frames.entries()) {
      if (this.outcomes.has(frame)) continue;
      for (const soon of this.order.frames.slice(index, index + PREVIEWS_AHEAD)) void this.previewOf(soon);
      const preview = await this.previewOf(frame);
      this.previews.delete(frame);
      if (this.signal.aborted) break;
      const outcome = await this.send(frame, preview);
      this.outcomes.set(frame, outcome);
      if (stops(outcome)) break;
    }
  }

  private previewOf(frame: Each): Promise<string | null> {
    const preview = this.previews.get(frame) ?? frame.preview();
    this.previews.set(frame, preview);
    return preview;
  }

  private async send(frame: Each, preview: string | null): Promise<Outcome> {
    const { opened, account } = this.order;
    const { conversationId, dialogId } = opened;
    const { relativePath, fileType, caption, name } = frame;
    let mayHaveLeft = false;
    try {
      // Not paced as one with the look: each look that goes well would make the next publish as hasty as the first.
      // An attempt that waits inside the worker can say that nothing has left; between two attempts nobody can.
      const { sequence } = await this.deps.pacer.run(
        { group: account, name: 'publishing' },
        () =>
          this.deps.consumers.session(this.order, this.token).publishFile({
            conversationId,
            dialogId,
            relativePath,
            fileType,
            caption,
            signal: this.grace.signal,
            ...(preview === null ? {} : { preview }),
            beforeSend: () => this.allow(frame),
            permit: () => {
              this.check(frame);
              mayHaveLeft = true;
              this.grace.left();
            },
          }),
        this.attempt,
      );
      return { kind: 'sent', sequence };
    } catch (error) {
      if (error instanceof SentElsewhere) return { kind: 'elsewhere', claim: error.claim };
      if (!mayHaveLeft) return { kind: 'failed', effect: 'none', late: false, error };
      return { kind: 'failed', ...factsAfter(error), error: unlessAnswered(error, name) };
    }
  }

  /**
   * Before a frame leaves: the intents of all frames that are still to leave are durable, the attempt's details say of
   * which frames a message may exist, and the server confirms the attempt. All of that holds for the frames of the next
   * seconds.
   */
  private async allow(frame: Each): Promise<void> {
    const isClaimed = this.intents.has(frame) && this.isIntentFresh(frame);
    if (!isClaimed || !this.fence.isFresh()) {
      await this.claim(frame);
      const unsettledUntil = Date.now() + FENCE_VALID_MS + SETTLE_MS;
      this.order.note({ effect: 'unknown', unsettledUntil, refusedLooks: 0 }, this.openFrames());
      if (this.intents.has(frame)) await this.fence.confirm();
    }
    const outcome = this.outcomes.get(frame);
    if (outcome?.kind === 'elsewhere') throw new SentElsewhere(outcome.claim);
  }

  /** Durable before a frame leaves: whatever becomes of Temporal's database, its message can be looked for. */
  private async claim(from: Each): Promise<void> {
    const { frames } = this.order;
    const wanted = frames.slice(frames.indexOf(from)).filter((frame) => !this.outcomes.has(frame));
    const intents = wanted.map((frame) => this.intentOf(frame));
    const claims = await this.deps.ledger.claim(...intents);
    for (const [index, frame] of wanted.entries()) {
      const [claim, intent] = [claims[index], intents[index]];
      if (claim === undefined || intent === undefined) continue;
      if (claim.kind === 'claimed') {
        this.intents.set(frame, intent);
      } else {
        this.intents.delete(frame);
        this.outcomes.set(frame, { kind: 'elsewhere', claim });
      }
    }
  }

  private intentOf({ transferId, relativePath, md5, sendKey }: Each): Intent {
    const { conversationId, dialogId, lastSequence } = this.order.opened;
    const at = new Date().toISOString();
    return { transferId, relativePath, conversationId, dialogId, lastSequence, md5, at, sendKey };
  }

  private isIntentFresh(frame: Each): boolean {
    const at = this.intents.get(frame)?.at ?? '';
    return Math.abs(Date.now() - Date.parse(at)) < INTENT_VALID_MS;
  }

  private check(frame: Each): void {
    this.signal.throwIfAborted();
    this.fence.check();
    if (!this.isIntentFresh(frame)) throw heldUp(`Publishing ${this.order.what}`);
  }

  /** The lines whose message may exist, or will exist when the frame is allowed to leave. */
  private openFrames(): readonly Each[] {
    return this.order.frames.filter((frame) => {
      const outcome = this.outcomes.get(frame);
      if (outcome === undefined) return this.intents.has(frame);
      return outcome.kind === 'sent' || (outcome.kind === 'failed' && outcome.effect === 'unknown');
    });
  }

  /** Frames that have not left are not open any more, or a page that was paused would wait for what may become of them. */
  private noteEnd(): void {
    const outcomes = [...this.outcomes.values()];
    const failed = outcomes.filter((outcome) => outcome.kind === 'failed');
    if (failed.length === 0 && !outcomes.some(({ kind }) => kind === 'unsent')) return;
    const open = this.openFrames();
    const without = failed.some(({ effect }) => effect === 'refused') ? 'refused' : 'none';
    const effect = open.length > 0 ? 'unknown' : without;
    const unsettledUntil = failed.some(({ late }) => late) ? Date.now() + SETTLE_MS : null;
    this.order.note({ effect, unsettledUntil, refusedLooks: 0 }, open);
  }

  /** Saves a look. Where it fails the look is made, and finds nothing. */
  private async withdraw(): Promise<void> {
    const open = new Set(this.openFrames());
    const intents = [...this.intents].flatMap(([frame, intent]) => (open.has(frame) ? [] : [intent]));
    if (intents.length === 0) return;
    try {
      await this.deps.ledger.withdraw(...intents);
    } catch (error) {
      const transferIds = intents.map(({ transferId }) => transferId);
      const reason = (error as Error).message;
      this.deps.log.warn('A publish without effect could not be noted', { transferIds, reason });
    }
  }
}
