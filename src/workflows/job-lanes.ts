import { condition } from '@temporalio/workflow';
import {
  type CommandName,
  type JobPage,
  type LargeFile,
  type LineSettled,
  type PageResult,
  type PageUnderWay,
  type SlowPage,
  unsentLine,
} from '../contract';
import { errorOf, transferError } from './failures';
import type { JobControl } from './job-control';
import { cancelLarge, commandLarge, largeFileOf, MOST_LARGE, startLarge } from './job-large';
import { PageRun, pageUnderWay } from './job-page';
import { largeLine, stateAfter } from './job-results';

/** How long a cancelled job waits for running publishes and for the results of large files. */
const CANCEL_PATIENCE_MS = 30_000;

interface LargeUnderWay extends LargeFile {
  readonly beganAtMs: number;
}

export interface LanesOptions {
  readonly control: JobControl;
  readonly lanes: number;
  /** The hosts that carry pages. */
  readonly hosts: readonly string[];
  readonly ordered: boolean;
  readonly timeLeftMs: () => number;
  readonly onResult: (result: PageResult) => void;
  readonly onChange: () => void;
}

/** The pages that the clerk has handed out: waiting pages, running pages and large files. */
export class JobLanes {
  hosts: readonly string[];
  private readonly options: LanesOptions;
  private amount: number;
  private ready: PageUnderWay[] = [];
  private readonly running = new Set<PageRun>();
  private readonly large = new Map<number, LargeUnderWay>();

  constructor(options: LanesOptions) {
    this.options = options;
    this.amount = options.lanes;
    this.hosts = options.hosts;
  }

  get lanes(): number {
    return this.amount;
  }

  set lanes(amount: number) {
    this.amount = amount;
  }

  /** The number of pages to fetch ahead, so that no lane waits for the clerk. */
  get room(): number {
    return Math.max(0, 2 * this.amount - this.running.size - this.ready.length);
  }

  get linesRunning(): number {
    return [...this.running].reduce((sum, { linesLeft }) => sum + linesLeft, this.large.size);
  }

  /** True when no page runs or waits for a lane. Large files may be under way. */
  get isIdle(): boolean {
    return this.running.size === 0 && this.ready.length === 0;
  }

  get isEmpty(): boolean {
    return this.isIdle && this.large.size === 0;
  }

  get isRunning(): boolean {
    return this.running.size > 0;
  }

  add(pages: readonly JobPage[]): void {
    this.ready.push(...pages.map(pageUnderWay));
  }

  /** Takes over the pages of the previous run of the workflow. */
  takeOver(pages: readonly PageUnderWay[], large: readonly LargeFile[]): void {
    this.ready.push(...pages);
    for (const file of large) this.large.set(file.line.line, { ...file, beganAtMs: Date.now() });
  }

  /** Complete only when no page runs. */
  carried(): { readonly pages: readonly PageUnderWay[]; readonly large: readonly LargeFile[] } {
    const large = [...this.large.values()].map(({ page, line }) => ({ page, line }));
    const running = [...this.running].map(({ now }) => now);
    return { pages: [...running, ...this.ready].toSorted((one, other) => one.page.page - other.page.page), large };
  }

  /** Starts pages while lanes are free. */
  begin(): void {
    for (;;) {
      const at = this.ready.findIndex((page) =>
        largeIn(page) === null ? this.running.size < this.amount : this.large.size < MOST_LARGE,
      );
      const [page] = at < 0 ? [] : this.ready.splice(at, 1);
      if (page === undefined) return;
      const file = largeIn(page);
      if (file === null) void this.runPage(page);
      else void this.runLarge(file);
    }
  }

  /**
   * For a job that ends: settles the pages that were aborted for a new run, and drops the pages that were not started.
   */
  settleBegun(): void {
    for (const page of this.ready.splice(0)) if (page.host !== null) void this.runPage(page);
  }

  /** Puts `host` in the place of an abandoned host. */
  replaceHost(before: string, host: string): void {
    const others = this.hosts.filter((each) => each !== before && each !== host);
    this.hosts = [host, ...others];
  }

  lineSettled(settled: LineSettled): void {
    const { pass, page, line } = settled;
    const file = this.large.get(line);
    const about = file?.line ?? settled.receipt;
    // Nothing to record: this job does not know the file, and the file was not sent.
    if (about === null || about === undefined) return;
    this.large.delete(line);
    const result = largeLine({ ...about, line }, settled);
    this.options.onResult(file === undefined ? { pass, page, results: [result] } : resultOf(file, [result]));
  }

  command(name: CommandName, host?: string): void {
    for (const { line } of this.large.values()) void commandLarge(line.transferId, name, host);
  }

  /** For a cancelled job. Resolves when all large files have reported their end, or when the time is over. */
  async cancel(): Promise<void> {
    for (const { line } of this.large.values()) void cancelLarge(line.transferId);
    await condition(() => this.isEmpty, CANCEL_PATIENCE_MS);
    this.options.control.breakOff();
    for (const file of this.large.values()) {
      const message = 'The job was cancelled; its transfer has not told how it ended.';
      this.large.delete(file.line.line);
      const error = transferError('CANCELLED', message, `ferry status ${file.line.transferId} shows it.`);
      this.options.onResult(resultOf(file, [unsentLine(file.line, 'cancelled', error)]));
    }
    await condition(() => this.isEmpty);
  }

  slowest(): SlowPage | null {
    const pages = [...this.running].map(({ step, source, linesLeft: lines, beganAtMs }) => ({
      step,
      source,
      lines,
      beganAtMs,
    }));
    const files = [...this.large.values()].map(({ line: { source }, beganAtMs }) => ({
      step: 'transfer' as const,
      source,
      lines: 1,
      beganAtMs,
    }));
    const [first] = [...pages, ...files].sort((one, other) => one.beganAtMs - other.beganAtMs);
    if (first === undefined) return null;
    const { beganAtMs, ...slowest } = first;
    return { ...slowest, since: new Date(beganAtMs).toISOString() };
  }

  private async runPage(state: PageUnderWay): Promise<void> {
    const { control, onResult, onChange } = this.options;
    const run: PageRun = new PageRun(state, {
      control,
      chooseHost: (not) => this.chooseHost(not),
      isAlone: () => this.hosts.length < 2,
      turnToPublish: () => condition(() => control.end !== null || this.mayPublish(run)),
    });
    this.running.add(run);
    const results = await run.toEnd();
    this.running.delete(run);
    const { account, pass, page } = run.now.page;
    if (results === null) this.ready.push(run.now);
    else onResult({ account, pass, page, results });
    onChange();
  }

  private async runLarge(file: LargeFile): Promise<void> {
    const { control, ordered, timeLeftMs, onResult } = this.options;
    const { line } = file;
    this.large.set(line.line, { ...file, beganAtMs: Date.now() });
    if (ordered) await condition(() => control.end !== null || this.isFirst(file.page.page));
    if (control.end !== null) return;
    try {
      await startLarge(file, this.chooseHost(null), timeLeftMs());
      if (control.paused) void commandLarge(line.transferId, 'pause');
    } catch (thrown) {
      const error = errorOf(thrown);
      this.large.delete(line.line);
      onResult(resultOf(file, [unsentLine(line, stateAfter(error), error)]));
    }
  }

  private mayPublish(run: PageRun): boolean {
    return !this.options.ordered || this.isFirst(run.now.page.page);
  }

  /** True when everything before the page has been published or will never be. */
  private isFirst(page: number): boolean {
    const unpublished = [...this.running].filter(({ step }) => step !== 'fetch').map(({ now }) => now.page.page);
    const others = [...this.ready, ...this.large.values()].map((other) => other.page.page);
    return [...unpublished, ...others].every((other) => other >= page);
  }

  /** The host with the fewest pages. */
  private chooseHost(not: string | null): string {
    const load = (host: string): number => [...this.running].filter(({ now }) => now.host === host).length;
    const able = this.hosts.filter((host) => host !== not);
    const [least] = (able.length === 0 ? this.hosts : able).toSorted((one, other) => load(one) - load(other));
    return least ?? '';
  }
}

function largeIn({ page, toDeliver, toPublish, settled }: PageUnderWay): LargeFile | null {
  return toPublish === null && settled.length === 0 ? largeFileOf({ ...page, lines: toDeliver }) : null;
}

function resultOf({ page: { account, pass, page } }: LargeFile, results: PageResult['results']): PageResult {
  return { account, pass, page, results };
}
