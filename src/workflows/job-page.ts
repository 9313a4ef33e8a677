import { patched } from '@temporalio/workflow';
import {
  perhapsSent,
  unsentLine,
  type DeliveredLine,
  type JobLine,
  type JobPage,
  type LineResult,
  type PageStep,
  type PageUnderWay,
  type PublishPageResult,
  type TransferError,
} from '../contract';
import { ERROR_TABLE } from '../errors/table';
import { errorOf, isCancellation, transferError, unsettledUntil, wasNotPickedUp } from './failures';
import { deliverPage, fetchPage, publishPage } from './job-activities';
import { GivenUp, type JobControl } from './job-control';
import { stateAfter, unpublishedLine } from './job-results';
import { settlesAt, settlingAfterSilence, type Settling } from './settling';

/** The first and the longest pause before a step without a result is scheduled again. */
const PAGE_PAUSE_MS = { first: 1000, longest: 600_000 } as const;

/** Patch: histories without it have a pause between the delivery and the publish of a page. */
const PUBLISH_AT_ONCE = 'publish-at-once';

type ToPublish = NonNullable<PageUnderWay['toPublish']>;

/** The parts of the job that a page uses. */
export interface PageSurroundings {
  readonly control: JobControl;
  /** Chooses a host for a step; avoids `not`, which did not pick up the last step. */
  chooseHost(not: string | null): string;
  /** True when no other host can carry a page. */
  isAlone(): boolean;
  /** Resolves when the page may publish: at once, unless the job is ordered. */
  turnToPublish(page: number): Promise<void>;
}

export function pageUnderWay({ lines, ...page }: JobPage): PageUnderWay {
  return { page, host: null, toDeliver: lines, toPublish: null, toFetch: [], settled: [] };
}

/** A page on its way through its steps: inspect, link and upload; publish; fetch back. */
export class PageRun {
  readonly beganAtMs = Date.now();
  private state: PageUnderWay;
  private readonly around: PageSurroundings;
  private pauseMs: number = PAGE_PAUSE_MS.first;
  /** The host that did not pick the last step up. */
  private avoid: string | null = null;

  constructor(state: PageUnderWay, around: PageSurroundings) {
    this.state = state;
    this.around = around;
  }

  get now(): PageUnderWay {
    return this.state;
  }

  get step(): PageStep {
    const { toDeliver, toPublish } = this.state;
    if (toDeliver.length > 0) return 'deliver';
    return toPublish === null ? 'fetch' : 'publish';
  }

  get source(): string {
    const { toDeliver, toPublish, toFetch, settled } = this.state;
    const line = toDeliver[0] ?? toPublish?.lines[0]?.line ?? toFetch[0]?.line ?? settled[0];
    return line?.source ?? '';
  }

  /** Lines that are not settled. */
  get linesLeft(): number {
    const { toDeliver, toPublish, toFetch } = this.state;
    return toDeliver.length + (toPublish?.lines.length ?? 0) + toFetch.length;
  }

  /** The results of all lines; null when the next run of the workflow continues the page. */
  async toEnd(): Promise<readonly LineResult[] | null> {
    try {
      while (this.linesLeft > 0) await this.tryStep();
    } catch (thrown) {
      if (!(thrown instanceof GivenUp)) throw thrown;
      if (this.around.control.end === 'handover') return null;
      this.settleLeft(this.whyGivenUp());
    }
    return this.state.settled;
  }

  private async tryStep(): Promise<void> {
    const { control } = this.around;
    const { step, linesLeft: before } = this;
    try {
      if (step === 'publish') await this.around.turnToPublish(this.state.page.page);
      await control.run(() => this.attempt(), { patient: step === 'publish' });
      this.avoid = null;
      // Without the pause below, a publish that settles nothing would be repeated in a tight loop.
      if (this.step !== 'publish' || this.linesLeft < before) return;
      if (step === 'deliver' && patched(PUBLISH_AT_ONCE)) return;
    } catch (thrown) {
      if (thrown instanceof GivenUp) throw thrown;
      if (wasNotPickedUp(thrown)) {
        this.avoid = this.state.host;
        return;
      }
      const error = errorOf(thrown);
      if (!isCancellation(thrown) && ERROR_TABLE[error.code].retriedBy !== 'workflow') return this.settleLeft(error);
    }
    await control.pauseFor(this.pauseMs);
    this.pauseMs = Math.min(this.pauseMs * 2, PAGE_PAUSE_MS.longest);
  }

  private async attempt(): Promise<void> {
    const { host: before } = this.state;
    const stays = before !== null && before !== this.avoid && this.step !== 'deliver';
    const host = stays ? before : this.around.chooseHost(this.avoid);
    const isAlone = this.around.isAlone();
    this.set({ host });
    if (this.step === 'deliver') await this.deliver(host, isAlone);
    else if (this.step === 'publish') await this.publish(host, isAlone);
    else await this.fetchBack(host, isAlone);
  }

  private async deliver(host: string, isAlone: boolean): Promise<void> {
    const { page, toDeliver, settled } = this.state;
    const answer = await deliverPage(host, { page: { ...page, lines: toDeliver } }, isAlone);
    const { opened, delivered: lines, startedAt } = answer;
    const isMore = opened !== null && lines.length > 0;
    const times = { deliveredAt: Date.now(), ...(startedAt === undefined ? {} : { startedAt }) };
    this.set({
      toDeliver: [],
      toPublish: isMore ? { opened, lines, lookFirst: false, settledAt: null, ...times } : null,
      settled: [...settled, ...answer.settled],
    });
  }

  private async publish(host: string, isAlone: boolean): Promise<void> {
    const { page, toPublish } = this.state;
    if (toPublish === null) return;
    this.set({ toPublish: { ...toPublish, lookFirst: true } });
    try {
      const answer = await publishPage(host, { page, host, ...toPublish, ...settlesAt(toPublish.settledAt) }, isAlone);
      this.settlePublished(toPublish.lines, answer.settled);
      this.goOnWith(toPublish, answer);
    } catch (thrown) {
      this.set({ toPublish: { ...toPublish, ...settlingAfter(thrown, toPublish), lookFirst: true } });
      throw thrown;
    }
  }

  /**
   * Continues the remaining lines in the conversation that the publish named. Uploads of another identity must be
   * delivered again.
   */
  private goOnWith(before: ToPublish, { left, opened, ...told }: PublishPageResult): void {
    const lines = before.lines.filter(({ line }) => left.includes(line.line));
    const isSameIdentity = opened.consumerId === before.opened.consumerId;
    if (!isSameIdentity) return this.set({ toDeliver: lines.map(({ line }) => line), toPublish: null });
    const settledAt = told.settlesInMs === undefined ? (told.settledAt ?? null) : Date.now() + told.settlesInMs;
    const rest = { ...before, opened, lines, lookFirst: true, settledAt, isSettledAtGuessed: false };
    this.set({ toPublish: lines.length === 0 ? null : rest });
  }

  private settlePublished(delivered: readonly DeliveredLine[], settled: readonly LineResult[]): void {
    const fetched = new Map(
      delivered.filter((line) => this.isFetched(line.line)).map((each) => [each.line.line, each]),
    );
    const toFetch = settled.flatMap((result) => {
      const line = result.state === 'done' ? fetched.get(result.line)?.line : undefined;
      return line === undefined ? [] : [{ line, result }];
    });
    const waiting = new Set(toFetch.map(({ result }) => result.line));
    this.set({
      toFetch: [...this.state.toFetch, ...toFetch],
      settled: [...this.state.settled, ...settled.filter(({ line }) => !waiting.has(line))],
    });
  }

  private isFetched({ fetchTo }: JobLine): boolean {
    return fetchTo !== null || this.state.page.verify;
  }

  private async fetchBack(host: string, isAlone: boolean): Promise<void> {
    const { page, toFetch, settled } = this.state;
    const answer = await fetchPage(host, { page, lines: toFetch }, isAlone);
    this.set({ toFetch: [], settled: [...settled, ...answer.settled] });
  }

  private set(changes: Partial<PageUnderWay>): void {
    this.state = { ...this.state, ...changes };
  }

  private whyGivenUp(): TransferError {
    const { toPublish } = this.state;
    const mayBeSent = toPublish?.lookFirst === true;
    if (this.around.control.end === 'expired') {
      const when = mayBeSent
        ? 'while the file was being published; whether it arrived is not known'
        : 'before the file was sent';
      return transferError('DEADLINE_PASSED', `The deadline of the job passed ${when}.`);
    }
    if (mayBeSent) {
      const message = 'The job was cancelled while the file was being published; whether it arrived is not known.';
      return transferError('CANCELLED', message, 'Start the job again: it looks before it sends.');
    }
    return transferError('CANCELLED', 'The job was cancelled before the file was sent.', 'Start the job again.');
  }

  /** Settles all remaining lines with the same error. A line whose message exists stays done. */
  private settleLeft(error: TransferError): void {
    const { toDeliver, toPublish, toFetch, settled } = this.state;
    const state = stateAfter(error);
    const undelivered = toDeliver.map((line) => unsentLine(line, state, error));
    const unpublished = (toPublish?.lines ?? []).map((line) => ({
      ...unpublishedLine(line, state, error),
      // Another host may carry the line in the next pass, and its ledger knows nothing of this publish.
      ...(toPublish?.lookFirst === true
        ? { perhapsSent: perhapsSent(line, toPublish.opened, toPublish.settledAt) }
        : {}),
    }));
    const unfetched = toFetch.map(({ result }) => ({ ...result, error }));
    this.set({
      toDeliver: [],
      toPublish: null,
      toFetch: [],
      settled: [...settled, ...undelivered, ...unpublished, ...unfetched],
    });
  }
}

/** When a look after this failure may be believed. A task that no worker took has sent nothing. */
function settlingAfter(thrown: unknown, told: Settling): Settling {
  const settledAt = unsettledUntil(thrown);
  if (settledAt !== undefined) return { settledAt, isSettledAtGuessed: false };
  return wasNotPickedUp(thrown) ? told : settlingAfterSilence(told);
}
