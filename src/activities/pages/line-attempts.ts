import type { JobLine, PageProgress, ProgressDetails } from '../../contract';
import type { Attempt } from '../edge';
import type { WaitingAttempt } from '../pacer';

/** Whether an attempt may wait inside the worker for a service that is down, as the pacer sees it. */
type Patience = 'patient' | 'hasty';

/**
 * The attempts of single lines within one attempt of their page. Each line has its own details; the details of the page
 * combine them.
 */
export class LineAttempts {
  private readonly page: Attempt<PageProgress>;
  /** The key is the number of the line as a string. */
  private readonly lines: Map<string, ProgressDetails>;
  private bytesDone = 0;
  private waiting = 0;

  constructor(page: Attempt<PageProgress>) {
    this.page = page;
    const lines = new Map(Object.entries(page.previous?.lines ?? {}));
    const bytesDone = (): number => this.bytesDone;
    this.lines = lines;
    // Computed when a heartbeat leaves: the lines change far more often.
    page.details = {
      get bytesDone() {
        return bytesDone();
      },
      get lines() {
        return Object.fromEntries(lines);
      },
    };
  }

  /** @param previous facts about earlier attempts of the line, used when the last heartbeat has none */
  of({ line }: JobLine, patience: Patience, previous: Partial<ProgressDetails> | undefined): Attempt<ProgressDetails> {
    const key = String(line);
    const { lines } = this;
    let details: ProgressDetails | undefined;
    return {
      ...this.patient(patience),
      taskToken: this.page.taskToken,
      runId: this.page.runId,
      enteredAt: performance.now(),
      previous: lines.get(key) ?? previous,
      get details() {
        return details;
      },
      set details(next) {
        details = next;
        if (next !== undefined) lines.set(key, next);
      },
    };
  }

  /** The attempt for requests on behalf of all lines. */
  patient(patience: Patience): WaitingAttempt {
    const { number, signal } = this.page;
    let waits = false;
    return {
      number: patience === 'patient' ? number : 1,
      signal,
      waitFor: (what) => {
        if (waits === (what !== null)) return;
        waits = what !== null;
        this.waiting += waits ? 1 : -1;
        if (waits || this.waiting === 0) this.page.waitFor(what);
      },
    };
  }

  /** Removes the details of a settled line. */
  done({ line, sizeBytes }: JobLine): void {
    this.lines.delete(String(line));
    this.bytesDone += sizeBytes;
  }
}
