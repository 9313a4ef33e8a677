import { CancellationScope, sleep } from '@temporalio/workflow';
import type {
  JobCarried,
  JobPage,
  JobStart,
  LineState,
  ManifestPosition,
  PageResult,
  RetryChoice,
  TransferError,
} from '../contract';
import { errorOf } from './failures';
import { clerk } from './job-activities';
import { countIn } from './job-results';

/** Pages of one call of the clerk: a payload holds 2 MB, a page at most 64 kB and its results about as much. */
const MOST_PAGES_A_CALL = 12;

/** Results are recorded after this time at the latest. */
const RECORD_WITHIN_MS = 5000;

const START: ManifestPosition = { offset: 0, page: 0 };

export interface BookEvents {
  /** The number of further pages that the lanes can use. Called before each call of the clerk. */
  readonly wanted: () => number;
  /** True when nothing is under way, so the remaining results must be recorded now. */
  readonly isIdle: () => boolean;
  readonly onPages: (pages: readonly JobPage[]) => void;
  /** Called when the clerk cannot continue until a person acts. */
  readonly onStuck: (error: TransferError) => void;
  /** Called when blocked work may be possible again. */
  readonly onChange: () => void;
}

/**
 * The workflow's position in the manifest, and the results that the journal does not have yet. Calls the clerk, one
 * call at a time: each call records all results and returns the next pages.
 */
export class JobBook {
  private readonly jobId: string;
  private readonly events: BookEvents;
  private atHost: string;
  private passNow: number;
  private choice: RetryChoice | null;
  private next: ManifestPosition | null;
  private retries: RetryChoice[];
  private finished: PageResult[] = [];
  private told: JobCarried['tally'];
  private turn: { readonly scope: CancellationScope; brokenOff: boolean } | null = null;
  /**
   * The number of lines that the journal of the former home host had settled; reset after the first call on the new
   * host.
   */
  private settledBefore: number | null = null;
  private timerRuns = false;
  private isLate = false;

  constructor(start: JobStart, events: BookEvents) {
    const { jobId, host, begin, carried } = start;
    this.jobId = jobId;
    this.events = events;
    this.atHost = host;
    this.passNow = carried?.pass ?? begin?.pass ?? 1;
    this.choice = carried?.retry ?? begin?.retry ?? null;
    this.next = carried === undefined ? START : carried.next;
    this.retries = [...(carried?.retries ?? [])];
    this.told = carried?.tally ??
      begin?.tally ?? {
        settled: { done: 0, failed: 0, parked: 0, skipped: 0, cancelled: 0 },
        bytesDone: 0,
        reasons: [],
      };
  }

  get pass(): number {
    return this.passNow;
  }

  get host(): string {
    return this.atHost;
  }

  /** The counts of the journal, from the last answer of the clerk. */
  get tally(): JobCarried['tally'] {
    return this.told;
  }

  /** Results that the journal does not have yet. */
  get unrecorded(): Readonly<Record<LineState, number>> {
    return countIn(this.finished);
  }

  get isRecording(): boolean {
    return this.turn !== null;
  }

  get isRecorded(): boolean {
    return this.finished.length === 0 && this.turn === null;
  }

  /** True when this pass runs all lines that were not sent, and not only those of a retry. */
  get runsCancelled(): boolean {
    return this.choice === null;
  }

  /** True when the clerk has handed out all pages of this pass. */
  get isHandedOut(): boolean {
    return this.next === null;
  }

  get hasRetries(): boolean {
    return this.retries.length > 0;
  }

  settle(result: PageResult): void {
    this.finished.push(result);
    this.events.onChange();
  }

  /** Requests another pass after this one. A choice that is equal to another, or a part of it, is not added. */
  retryLater(choice: RetryChoice): void {
    if (choice.code === null) this.retries = [choice];
    else if (!this.retries.some(({ code }) => code === null || code === choice.code)) this.retries.push(choice);
  }

  /** Call it only when nothing of the previous pass is under way. */
  beginRetry(): void {
    const choice = this.retries.shift();
    if (choice === undefined) return;
    this.passNow += 1;
    this.choice = choice;
    this.next = START;
  }

  moveTo(host: string): void {
    this.atHost = host;
    this.settledBefore = Object.values(this.told.settled).reduce((sum, lines) => sum + lines, 0);
    if (this.turn === null) return;
    this.turn.brokenOff = true;
    this.turn.scope.cancel();
  }

  carried(): Pick<JobCarried, 'pass' | 'retry' | 'retries' | 'next' | 'tally'> {
    return { pass: this.passNow, retry: this.choice, retries: this.retries, next: this.next, tally: this.told };
  }

  /** Calls the clerk when the call is worth an activity. */
  attend(): void {
    if (this.turn !== null) return;
    const wanted = Math.min(this.events.wanted(), MOST_PAGES_A_CALL);
    if (wanted === 0 && this.finished.length === 0) return;
    if (this.isDue(wanted)) void this.call(wanted);
    else if (this.finished.length > 0) void this.remind();
  }

  /** Half of the most results that a call can take: one call serves several pages, and no lane waits for the call. */
  private isDue(wanted: number): boolean {
    if (this.isLate || this.events.isIdle()) return true;
    return this.finished.length >= MOST_PAGES_A_CALL / 2 || wanted >= MOST_PAGES_A_CALL / 2;
  }

  private async call(wanted: number): Promise<void> {
    const finished = this.finished.slice(0, MOST_PAGES_A_CALL);
    const { jobId, passNow: pass, choice: retry } = this;
    const from = wanted === 0 && this.settledBefore === null ? null : this.next;
    const turn = { scope: new CancellationScope(), brokenOff: false };
    this.turn = turn;
    this.isLate = false;
    try {
      const before = this.settledBefore === null ? {} : { settledBefore: this.settledBefore };
      const input = { jobId, pass, retry, finished, from, wanted, ...before };
      const { pages, next, ...tally } = await turn.scope.run(() => clerk(this.atHost, input));
      this.finished = this.finished.slice(finished.length);
      if (wanted > 0) this.next = next;
      this.told = tally;
      this.events.onPages(pages);
      this.settledBefore = null;
    } catch (thrown) {
      if (turn.brokenOff) return;
      // The command of the person has reported the missing lines, and the job continues without them.
      this.settledBefore = null;
      this.events.onStuck(errorOf(thrown));
    } finally {
      this.turn = null;
      this.events.onChange();
    }
  }

  private async remind(): Promise<void> {
    if (this.timerRuns) return;
    this.timerRuns = true;
    await sleep(RECORD_WITHIN_MS);
    this.timerRuns = false;
    this.isLate = this.finished.length > 0;
    this.events.onChange();
  }
}
