import type { ConsumerToken } from '../liveperson/types';
import { SETTLE_MS, type Identity, type OpenedAt, type PublishFacts } from '../contract';
import type { Intent } from '../ledger';
import { defined } from '../lib/defined';
import { steadyIn, steadyMsUntil } from '../lib/steady-clock';
import { graceForAnswer, type AnswerGrace } from './answer-grace';
import type { ActivityDeps } from './deps';
import type { Attempt } from './edge';
import { factsAfter, SentElsewhere, stops, unlessAnswered, type Outcome } from './publish-outcome';
import { INTENT_VALID_MS, SETTLED, unsettledFor } from './settling';
import { createFence, FENCE_VALID_MS, heldUp, type Fence } from './fence';

/** The number of previews that are made ahead, while earlier frames are sent. */
const PREVIEWS_AHEAD = 4;

/** A message to send. */
export interface Frame {
  readonly transferId: string;
  /** The name of the file, for people. */
  readonly name: string;
  readonly fileType: string;
  readonly relativePath: string;
  readonly caption: string;
  readonly md5: string;
  readonly sendKey: string | null;
  /** The preview as a data URI; null: send the message without a preview. */
  preview(): Promise<string | null>;
}

export interface Sending<Each extends Frame> extends Identity {
  readonly opened: OpenedAt;
  /** In the order of sending. */
  readonly frames: readonly Each[];
  /** The name of the file, as the subject of error messages. */
  readonly what: string;
  /** Writes the state of the frames to the attempt's details; `open` are the frames whose message may exist. */
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
   * Each frame waits for the answer to the one before: a service may process one frame more slowly than the next, and
   * the messages must keep the order of the frames.
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
      // Not paced together with the look, because each successful look would reset the pause before the next publish.
      // While an attempt waits inside the worker, it reports that nothing has left. Between two attempts nobody can
      // report this.
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
   * Prepares the frames of the next seconds. Before a frame leaves, three things hold: the intents of all remaining
   * frames are durable, the attempt's details list the frames whose message may exist, and the server has confirmed the
   * attempt.
   */
  private async allow(frame: Each): Promise<void> {
    const isClaimed = this.intents.has(frame) && this.isIntentFresh(frame);
    if (!isClaimed || !this.fence.isFresh()) {
      await this.claim(frame);
      const unsettled = unsettledFor(FENCE_VALID_MS + SETTLE_MS);
      this.order.note({ effect: 'unknown', ...unsettled, refusedLooks: 0 }, this.openFrames());
      if (this.intents.has(frame)) await this.fence.confirm();
    }
    const outcome = this.outcomes.get(frame);
    if (outcome?.kind === 'elsewhere') throw new SentElsewhere(outcome.claim);
  }

  /**
   * Makes the intents durable before a frame leaves. Then the message can be found even if Temporal's database is lost.
   */
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
    const times = { at: new Date().toISOString(), ...defined({ steadyAt: steadyIn(0) }) };
    return { transferId, relativePath, conversationId, dialogId, lastSequence, md5, ...times, sendKey };
  }

  private isIntentFresh(frame: Each): boolean {
    const { at = '', steadyAt } = this.intents.get(frame) ?? {};
    const ageMs = Math.max(Math.abs(Date.now() - Date.parse(at)), -(steadyMsUntil(steadyAt) ?? 0));
    return ageMs < INTENT_VALID_MS;
  }

  private check(frame: Each): void {
    this.signal.throwIfAborted();
    this.fence.check();
    if (!this.isIntentFresh(frame)) throw heldUp(`Publishing ${this.order.what}`);
  }

  /** The frames whose message may exist, or will exist if the frame is allowed to leave. */
  private openFrames(): readonly Each[] {
    return this.order.frames.filter((frame) => {
      const outcome = this.outcomes.get(frame);
      if (outcome === undefined) return this.intents.has(frame);
      return outcome.kind === 'sent' || (outcome.kind === 'failed' && outcome.effect === 'unknown');
    });
  }

  /**
   * Closes the frames that have not left. Otherwise a paused page would wait for the result of frames that were never
   * sent.
   */
  private noteEnd(): void {
    const outcomes = [...this.outcomes.values()];
    const failed = outcomes.filter((outcome) => outcome.kind === 'failed');
    if (failed.length === 0 && !outcomes.some(({ kind }) => kind === 'unsent')) return;
    const open = this.openFrames();
    const without = failed.some(({ effect }) => effect === 'refused') ? 'refused' : 'none';
    const effect = open.length > 0 ? 'unknown' : without;
    const unsettled = failed.some(({ late }) => late) ? unsettledFor(SETTLE_MS) : SETTLED;
    this.order.note({ effect, ...unsettled, refusedLooks: 0 }, open);
  }

  /**
   * Withdraws the intents of frames that had no effect, which saves a look. After a failure the look happens and finds
   * nothing.
   */
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
