import { condition, workflowInfo } from '@temporalio/workflow';
import {
  askedOf,
  type JobCarried,
  type JobCommand,
  type JobInput,
  type JobResult,
  type JobStart,
  type JobState,
  type JobView,
  type LineSettled,
} from '../contract';
import { Deadline } from './deadline';
import { JobBook } from './job-book';
import { JobControl } from './job-control';
import { isHistoryFull } from './job-history';
import { JobLanes } from './job-lanes';
import { countLines, JobShow, RateMeter, ratesBetween } from './job-view';

/** How long pages may finish before the workflow continues as new. Then they are aborted and passed on. */
const DRAIN_MS = 15_000;

/** The pages that are passed on must fit into the input of the next run; a payload holds 2 MB. */
const MOST_CARRIED_BYTES = 1_000_000;

/** How long a cancelled job waits until its last results are recorded. Then it ends without the record. */
const LAST_RECORD_WITHIN_MS = 60_000;

/** A running job: its pages in lanes, its book, and the commands of people. */
export class JobRun {
  readonly control: JobControl;
  private readonly start: JobStart;
  private readonly deadline: Deadline;
  private readonly book: JobBook;
  private readonly pages: JobLanes;
  private readonly rates = new RateMeter();
  private readonly show: JobShow;
  private readonly startedAt: string;
  private isDraining = false;
  private isDue = true;
  private ended: { readonly state: JobState; readonly at: string } | null = null;

  constructor(start: JobStart) {
    const { carried } = start;
    this.start = start;
    this.startedAt = carried?.startedAt ?? workflowInfo().startTime.toISOString();
    this.deadline = new Deadline(start.deadlineMs - (carried?.spentMs ?? 0), Date.now());
    this.control = new JobControl(this.deadline, carried?.paused ?? false, carried?.parked ?? null);
    this.book = new JobBook(start, {
      wanted: () => this.pagesWanted(),
      isIdle: () => this.pages.isIdle || this.isDraining,
      onPages: (pages) => {
        this.pages.add(pages.map((page) => ({ ...page, ...askedOf(start) })));
        this.rates.add(this.book.tally.settled.done, this.book.tally.bytesDone);
      },
      onStuck: (error) => this.control.park(error),
      onChange: () => this.goOn(),
    });
    this.pages = new JobLanes({
      control: this.control,
      lanes: start.lanes,
      hosts: start.hosts.length === 0 ? [start.host] : start.hosts,
      ordered: start.ordered,
      timeLeftMs: () => Math.max(1000, this.deadline.leftMs()),
      onResult: (result) => this.book.settle(result),
      onChange: () => this.goOn(),
    });
    this.pages.takeOver(carried?.pages ?? [], carried?.large ?? []);
    this.show = new JobShow(() => this.view());
  }

  view(): JobView {
    const { jobId, name, account, lines, bytesTotal } = this.start;
    const { settled, bytesDone, reasons } = this.book.tally;
    return {
      jobId,
      name,
      account,
      host: this.book.host,
      state: this.state(),
      lines,
      counts: countLines({
        lines,
        settled,
        unrecorded: this.book.unrecorded,
        running: this.pages.linesRunning,
        runsCancelled: this.book.runsCancelled && this.control.end !== 'cancelled',
      }),
      bytesTotal,
      bytesDone,
      ...(this.ended === null ? this.rates.now() : this.overall(this.ended.at)),
      lanes: this.pages.lanes,
      pass: this.book.pass,
      startedAt: this.startedAt,
      finishedAt: this.ended?.at ?? null,
      error: this.control.parked,
      reasons,
      slowest: this.pages.slowest(),
      ...(this.control.end === 'cancelled' && this.ended === null ? { cancelling: true } : {}),
    };
  }

  /** Runs until all lines are settled. Null when the workflow has to continue as new. */
  async toEnd(): Promise<JobResult | null> {
    void this.watchDeadline();
    void this.keepGoing();
    await condition(() => this.isOver() || isHistoryFull());
    if (!this.isOver() && (await this.drain())) return null;
    if (this.control.end === 'cancelled') {
      // The journal is the only source, but an unreadable journal must not delay the end forever.
      await condition(() => this.book.isRecorded || this.control.parked !== null, LAST_RECORD_WITHIN_MS);
    }
    this.ended = { state: this.control.end === 'cancelled' ? 'cancelled' : 'done', at: new Date().toISOString() };
    this.show.end();
    return { view: this.view(), input: this.inputNow() };
  }

  /** True once the job has ended: from then on it records and tells its end. */
  get isEnded(): boolean {
    return this.ended !== null;
  }

  /** True when a retry came after the job had ended. */
  get hasLateRetry(): boolean {
    return this.isEnded && this.control.end !== 'cancelled' && this.book.hasRetries;
  }

  /** Includes the changes that people have made. */
  inputNow(): JobInput {
    const { begin: _begin, carried: _carried, ...input } = this.start;
    return { ...input, host: this.book.host, hosts: this.pages.hosts, lanes: this.pages.lanes };
  }

  carried(): Omit<JobCarried, 'commandIds'> {
    return {
      ...this.book.carried(),
      ...this.pages.carried(),
      startedAt: this.startedAt,
      spentMs: this.start.deadlineMs - this.deadline.leftMs(),
      paused: this.control.paused,
      parked: this.control.parked,
    };
  }

  /** Stops the run at a point from which the next run can continue. False when the job ended before that. */
  private async drain(): Promise<boolean> {
    this.isDraining = true;
    this.goOn();
    await condition(() => this.isOver() || this.isQuiet(), DRAIN_MS);
    await condition(() => this.isOver() || this.isQuiet() || this.canBeCarried());
    if (!this.isOver() && !this.isQuiet() && this.control.end === null) this.control.giveUp('handover');
    await condition(() => this.isOver() || (this.isQuiet() && this.control.end !== 'cancelled'));
    return !this.isOver();
  }

  pause(): void {
    this.control.pause();
    this.rates.reset();
    this.pages.command('pause');
    this.goOn();
  }

  resume(): void {
    this.control.resume();
    this.pages.command('resume');
    this.goOn();
  }

  retry(code: JobCommand['code']): void {
    if (this.control.parked !== null) this.control.unpark();
    else this.book.retryLater({ code: code ?? null });
    this.goOn();
  }

  set(lanes: number): void {
    this.pages.lanes = lanes;
    this.goOn();
  }

  move(host: string): void {
    const before = this.book.host;
    this.pages.replaceHost(before, host);
    this.book.moveTo(host);
    this.control.unpark();
    this.control.breakOff();
    this.pages.command('retry', host);
    this.goOn();
  }

  cancel(): void {
    if (this.control.end === 'cancelled' || this.ended !== null) return;
    this.control.giveUp('cancelled');
    // Pages that were started are settled with their present state. The other waiting pages are dropped.
    this.pages.settleBegun();
    void this.pages.cancel();
    this.goOn();
  }

  lineSettled(settled: LineSettled): void {
    this.pages.lineSettled(settled);
  }

  private state(): JobState {
    if (this.ended !== null) return this.ended.state;
    if (this.control.paused) return 'paused';
    return this.control.parked === null ? 'running' : 'parked';
  }

  private overall(finishedAt: string) {
    const first = { atMs: Date.parse(this.startedAt), lines: 0, bytes: 0 };
    const { settled, bytesDone } = this.book.tally;
    return ratesBetween(first, { atMs: Date.parse(finishedAt), lines: settled.done, bytes: bytesDone });
  }

  private goOn(): void {
    this.isDue = true;
  }

  /**
   * All work starts here and never in the handler of a command: work of a handler would be cancelled together with the
   * workflow.
   */
  private async keepGoing(): Promise<void> {
    while (this.ended === null) {
      this.isDue = false;
      this.doWhatIsPossible();
      await condition(() => this.isDue || this.ended !== null);
    }
  }

  private doWhatIsPossible(): void {
    const { end, isHeld, parked } = this.control;
    if (this.isThrough() && this.book.hasRetries && (end === null || end === 'expired')) this.beginRetry();
    if (end === 'expired' || (end === null && !isHeld)) this.pages.begin();
    if (parked === null) this.book.attend();
    this.show.update();
  }

  private beginRetry(): void {
    this.control.reopen();
    this.deadline.renew();
    this.book.beginRetry();
    void this.watchDeadline();
  }

  private pagesWanted(): number {
    const { end, isHeld } = this.control;
    if (this.book.isHandedOut || this.isDraining || (isHeld && end !== 'expired')) return 0;
    return end === null || end === 'expired' ? this.pages.room : 0;
  }

  /** True when this pass has no work left. */
  private isThrough(): boolean {
    return this.book.isHandedOut && this.pages.isEmpty && this.book.isRecorded;
  }

  private isOver(): boolean {
    if (this.control.end === 'cancelled') return this.pages.isEmpty;
    return this.isThrough() && !this.book.hasRetries;
  }

  /** True when all work under way can be passed on to a new run. */
  private isQuiet(): boolean {
    return !this.pages.isRunning && this.book.isRecorded;
  }

  private canBeCarried(): boolean {
    return JSON.stringify(this.carried()).length < MOST_CARRIED_BYTES;
  }

  private async watchDeadline(): Promise<void> {
    for (;;) {
      await condition(() => !this.control.isHeld);
      if (this.control.end !== null || this.ended !== null) return;
      const left = this.deadline.leftMs();
      if (left <= 0) break;
      await condition(() => this.control.isHeld || this.control.end !== null || this.ended !== null, left);
    }
    this.control.giveUp('expired');
    this.goOn();
  }
}
