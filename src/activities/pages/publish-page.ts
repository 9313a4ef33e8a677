import { FerryError, isFerryError, toFerryError } from '../../errors';
import {
  perhapsSent,
  sentLine,
  type DeliveredLine,
  type LineResult,
  type OpenedAt,
  type PublishFacts,
  type PublishPageFacts,
  type PublishPageInput,
  type PublishPageResult,
} from '../../contract';
import type { ConsumerToken } from '../../liveperson/types';
import type { ActivityDeps } from '../deps';
import type { Attempt } from '../edge';
import { knownMessage } from '../known-message';
import { open } from '../open';
import { believeAbsent, factsBefore, settledByLedger } from '../publish';
import { settleOthers, stillSending } from '../publish-elsewhere';
import { lookForMessages, type Found, type Place } from '../publish-look';
import { keepPublishedReceipts } from '../publish-receipt';
import { isExpired, type Outcome } from '../publish-outcome';
import { sendFrames } from '../publish-send';
import { msToSettle, msToSettleIntent, SETTLED } from '../settling';
import { brokenResult, endOf } from './line-results';
import { asLost, frameOf, receiptOf, type LineFrame, type Message } from './page-frames';

/**
 * Publishes the lines of a page in their order, each exactly once, with the protocol that `publish` uses for one file.
 */
export async function publishPage(
  deps: ActivityDeps,
  input: PublishPageInput,
  attempt: Attempt<PublishPageFacts>,
): Promise<PublishPageResult> {
  return await new PagePublishing(deps, input, attempt).run();
}

class PagePublishing {
  private readonly deps: ActivityDeps;
  private readonly input: PublishPageInput;
  private readonly attempt: Attempt<PublishPageFacts>;
  private readonly what: string;
  private readonly startedAt: string;
  private readonly settled = new Map<number, LineResult>();
  private opened: OpenedAt;
  private token: ConsumerToken | null = null;
  private isRenewed = false;
  /** In the order of the lines. */
  private left: readonly LineFrame[] = [];

  constructor(deps: ActivityDeps, input: PublishPageInput, attempt: Attempt<PublishPageFacts>) {
    this.deps = deps;
    this.input = input;
    this.attempt = attempt;
    this.opened = input.opened;
    this.startedAt = input.startedAt ?? new Date().toISOString();
    this.what = `page ${input.page.page} of job ${input.page.jobId}`;
  }

  async run(): Promise<PublishPageResult> {
    await this.askLedger();
    if (this.left.length > 0) await this.lookForEarlier();
    while (this.left.length > 0) {
      if (await this.sendLeft()) break;
    }
    return this.result();
  }

  /** The ledger of this host answers first: Temporal's database may be older than what was published. */
  private async askLedger(): Promise<void> {
    const { lines } = this.input;
    const entries = await this.deps.ledger.ofTransfers(lines.map(({ line }) => line.transferId));
    const left: LineFrame[] = [];
    for (const [index, of] of lines.entries()) {
      const { [index]: known } = entries;
      const { receipt, intents } = known === undefined ? { receipt: null, intents: [] } : knownMessage(known, of.md5);
      if (receipt === null) left.push(frameOf(this.deps, of, intents));
      else this.settled.set(of.line.line, sentLine(of.line, 'done', receipt));
    }
    this.left = left;
    const intents = left.flatMap((frame) => frame.intents);
    const { deliveredAt = 0 } = this.input;
    const facts = factsBefore(
      await settledByLedger(this.deps, this.input, intents, deliveredAt),
      this.attempt,
      intents,
    );
    this.attempt.details = { ...facts, lines: this.attempt.previous?.lines ?? [] };
  }

  /**
   * Makes one look for all lines. Only a certain first attempt needs no look; for every other attempt the messages may
   * exist already.
   */
  private async lookForEarlier(): Promise<void> {
    const { left, attempt, opened, input } = this;
    const isFirst = !input.lookFirst && attempt.number === 1;
    const places = left.flatMap((frame) => [
      ...frame.intents,
      ...(isFirst ? [] : [{ ...opened, relativePath: frame.relativePath }]),
    ]);
    if (places.length === 0) return;
    const found = await this.look(places);
    await this.keep(
      left.flatMap((frame) => {
        const paths = new Set([frame.relativePath, ...frame.intents.map(({ relativePath }) => relativePath)]);
        const message = found.find(({ relativePath }) => paths.has(relativePath));
        return message === undefined ? [] : [{ frame, found: message, isOthers: false }];
      }),
    );
    if (this.left.length > 0) believeAbsent(this.what, attempt);
  }

  private async look(places: readonly Place[]): Promise<readonly Found[]> {
    try {
      return await lookForMessages(this.deps, { ...this.lookOrder(), places, enough: this.left.length }, this.attempt);
    } catch (error) {
      if (this.attempt.signal.aborted || !isFerryError(error) || endOf(error) === null) throw error;
      const message = `${error.message} Whether the file was published before is not known.`;
      const { unsettledUntil = null } = this.attempt.details ?? {};
      const open = (of: DeliveredLine) => ({ perhapsSent: perhapsSent(of, this.opened, unsettledUntil) });
      this.settleBroken(this.left, new FerryError(error.code, message, { cause: error }), open);
      return [];
    }
  }

  private lookOrder() {
    const { account, consumer } = this.input.page;
    return { account, consumer, what: this.what };
  }

  /** True when the remaining lines have to wait for another activity. */
  private async sendLeft(): Promise<boolean> {
    const { deps, input, attempt } = this;
    this.token ??= await deps.consumers.token(input.page, attempt.signal);
    const outcomes = await sendFrames(deps, this.order(), this.token, attempt);
    await this.keep([...outcomes].flatMap(([frame, outcome]) => this.messageOf(frame, outcome)));
    this.settleKnown(outcomes);
    if (attempt.signal.aborted) {
      if (this.settled.size === 0) throw attempt.signal.reason;
      return true;
    }
    const failed = [...outcomes].flatMap(([frame, outcome]) =>
      outcome.kind === 'failed' && this.left.includes(frame) ? [{ frame, outcome }] : [],
    );
    if (failed.length > 0) return await this.answer(failed, this.token);
    await this.waitForOthers(outcomes);
    return false;
  }

  private order() {
    const { account, consumer } = this.input.page;
    const note = (facts: PublishFacts, open: readonly LineFrame[]): void => {
      this.attempt.details = { ...facts, lines: open.map(({ of }) => of.line.line) };
    };
    return { account, consumer, opened: this.opened, frames: this.left, what: this.what, note };
  }

  private messageOf(frame: LineFrame, outcome: Outcome): readonly Message[] {
    if (outcome.kind !== 'sent') return [];
    const { conversationId, dialogId } = this.opened;
    const { sequence } = outcome;
    this.deps.consumers.sawSequence(this.input.page, dialogId, sequence);
    return [
      { frame, found: { conversationId, dialogId, sequence, relativePath: frame.relativePath }, isOthers: false },
    ];
  }

  /** Settles the lines that another transfer has sent and the lines that can never be published. */
  private settleKnown(outcomes: ReadonlyMap<LineFrame, Outcome>): void {
    for (const [frame, outcome] of outcomes) {
      if (outcome.kind === 'elsewhere' && outcome.claim.kind === 'sent') {
        this.settle(frame, sentLine(frame.of.line, 'skipped', outcome.claim.receipt));
      }
      if (outcome.kind !== 'failed' || outcome.effect !== 'refused') continue;
      const error = toFerryError(outcome.error);
      if (error.row.does === 'fail' && error.row.conversation !== 'gone') this.settleBroken([frame], error);
    }
  }

  /**
   * Decides how the remaining lines continue after a failure that concerns all of them.
   *
   * @returns true when the remaining lines have to wait for another activity
   */
  private async answer(failed: readonly Failed[], token: ConsumerToken): Promise<boolean> {
    const [unknown] = failed.filter(({ outcome }) => outcome.effect === 'unknown');
    if (unknown !== undefined) throw asLost(unknown.outcome.error, this.what);
    const [{ outcome }] = failed as [Failed];
    const error = toFerryError(outcome.error);
    if (isExpired(outcome) && !this.isRenewed) {
      this.isRenewed = true;
      this.token = await this.deps.consumers.renew(this.input.page, token, this.attempt.signal);
      return false;
    }
    if (outcome.effect === 'refused' && error.row.conversation === 'gone') return await this.replace(failed, error);
    if (endOf(error) === null) throw outcome.error;
    this.settleBroken(this.left, error);
    return true;
  }

  /** Replaces a conversation that is closed or gone. */
  private async replace(failed: readonly Failed[], refusal: FerryError): Promise<boolean> {
    const { account, consumer, conversationId: named, jobId } = this.input.page;
    if (named !== null) {
      this.settleBroken(this.left, refusal);
      return true;
    }
    const { conversationId: doubted, consumerId } = this.opened;
    const order = { account, consumer, transferId: jobId, conversationId: null, closed: [], doubted };
    const opened = await open(this.deps, order, this.attempt);
    if (opened.conversationId !== doubted || opened.consumerId !== consumerId) {
      this.opened = opened;
      return true;
    }
    this.settleBroken(
      failed.map(({ frame }) => frame),
      refusal,
    );
    return false;
  }

  /** @throws {FerryError} ALREADY_SENDING while the results of the other transfers are not known */
  private async waitForOthers(outcomes: ReadonlyMap<LineFrame, Outcome>): Promise<void> {
    const taken = this.left.flatMap((frame) => {
      const outcome = outcomes.get(frame);
      return outcome?.kind === 'elsewhere' && outcome.claim.kind === 'taken' ? [{ frame, by: outcome.claim.by }] : [];
    });
    const [first] = taken;
    if (first === undefined) return;
    const old = taken.filter(({ by }) => msToSettleIntent(by) === 0);
    if (old.length === 0) throw stillSending(first.frame.name, first.by);
    const others = old.map(({ by }) => by);
    const found = await settleOthers(this.deps, this.lookOrder(), others, this.attempt);
    await this.keep(
      old.flatMap(({ frame, by }) => {
        const message = found.find(({ relativePath }) => relativePath === by.relativePath);
        return message === undefined ? [] : [{ frame, found: message, isOthers: true }];
      }),
    );
  }

  /** Makes the receipts of these messages durable, all in one commit, and settles their lines. */
  private async keep(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    const { deps, attempt } = this;
    const kept = messages.map((message) => ({ ...message, receipt: receiptOf(this.input, message, this.startedAt) }));
    const inputs = kept.map(({ frame, receipt }) => ({ receipt, runId: attempt.runId, sendKey: frame.sendKey }));
    if (!(await keepPublishedReceipts(deps, ...inputs))) {
      throw new FerryError('LEDGER_UNAVAILABLE', `The receipts of ${this.what} could not be kept; Ferry tries again.`);
    }
    for (const { frame, receipt, isOthers } of kept) {
      this.settle(frame, sentLine(frame.of.line, isOthers ? 'skipped' : 'done', receipt));
    }
    const { details } = attempt;
    if (details !== undefined) {
      attempt.details = { ...details, lines: details.lines.filter((line) => !this.settled.has(line)) };
    }
  }

  private settleBroken(
    frames: readonly LineFrame[],
    error: FerryError,
    open: (of: DeliveredLine) => Pick<LineResult, 'perhapsSent'> = () => ({}),
  ): void {
    const state = endOf(error) ?? 'failed';
    for (const frame of frames) {
      const { line, relativePath, fileType, md5, sha256 } = frame.of;
      const known = { relativePath, fileType, md5, sha256 };
      this.settle(frame, { ...brokenResult(this.input.page, line, state, error, known), ...open(frame.of) });
    }
  }

  private settle(frame: LineFrame, result: LineResult): void {
    this.settled.set(frame.of.line.line, result);
    this.left = this.left.filter((other) => other !== frame);
  }

  private result(): PublishPageResult {
    const { lines = [], unsettledUntil = null } = this.attempt.details ?? {};
    const settlesInMs = msToSettle(this.attempt.details ?? SETTLED);
    return {
      settled: this.input.lines.flatMap(({ line }) => this.settled.get(line.line) ?? []),
      left: this.left.map(({ of }) => of.line.line),
      opened: this.opened,
      ...(lines.length > 0 && unsettledUntil !== null ? { settledAt: unsettledUntil, settlesInMs } : {}),
    };
  }
}

interface Failed {
  readonly frame: LineFrame;
  readonly outcome: Outcome & { readonly kind: 'failed' };
}
