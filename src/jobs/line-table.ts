import {
  LINE_STATES,
  type ClerkAnswer,
  type JobReason,
  type LineResult,
  type LineState,
  type PerhapsSent,
  type RetryChoice,
} from '../contract';
import { defined } from '../lib/defined';

/** A table of this many lines takes 200 MB of memory. */
const MOST_LINES = 50_000_000;

type LineError = Pick<JobReason, 'code' | 'refused'>;

/** The totals over all lines; the last result of each line counts. */
export type Tally = Pick<ClerkAnswer, 'settled' | 'bytesDone' | 'reasons'>;

/**
 * The last result of each line, in four bytes for each line. A worker keeps a table in memory for each of its jobs, and
 * a job may have 100,000 lines.
 */
export class LineTable {
  /** Place in LINE_STATES, from 1; 0: the line has no result. */
  #states = new Uint8Array(1024);
  #passes = new Uint16Array(1024);
  /** Place in `#errors`, from 1; 0: no error. */
  #codes = new Uint8Array(1024);
  readonly #errors: LineError[] = [];
  readonly #counts = LINE_STATES.map(() => 0);
  readonly #reasons = new Map<string, JobReason>();
  /** Only of lines that are not known to be sent. They are few: the lines of the pages that were given up. */
  readonly #perhapsSent = new Map<number, readonly PerhapsSent[]>();
  #bytesDone = 0;

  /**
   * True for a result that the journal does not have. A line has one result in each pass, and results of earlier passes
   * are ignored. Exception: a large file that was recorded as parked may become done when a person retries its
   * transfer.
   */
  isNew({ line, state }: LineResult, pass: number): boolean {
    const before = this.#stateOf(line);
    if (before === null) return true;
    if (before === 'done' || before === 'skipped') return false;
    const last = this.#passes[line] ?? 0;
    return pass > last || (pass === last && before === 'parked' && state === 'done');
  }

  /** Adds a result for which `isNew` is true. */
  add({ line, state, error, sizeBytes, perhapsSent, refused }: LineResult, pass: number): void {
    this.#makeRoom(line);
    // A result without an open publish does not answer the open publishes of earlier passes, unless the line was sent.
    if (state === 'done' || state === 'skipped') this.#perhapsSent.delete(line);
    else if (perhapsSent !== undefined) this.#perhapsSent.set(line, perhapsSent);
    this.#count(line, -1);
    this.#states[line] = LINE_STATES.indexOf(state) + 1;
    this.#passes[line] = pass;
    this.#codes[line] = error === null ? 0 : this.#placeOf({ code: error.code, ...defined({ refused }) });
    this.#count(line, 1);
    if (state === 'done' || state === 'skipped') this.#bytesDone += sizeBytes ?? 0;
  }

  /** True when the pass runs the line: the line has no result in this pass, and the retry selects it. */
  isWanted(line: number, pass: number, retry: RetryChoice | null): boolean {
    const state = this.#stateOf(line);
    if (state === null) return retry === null;
    if (state === 'done' || state === 'skipped' || (this.#passes[line] ?? 0) >= pass) return false;
    if (retry === null) return true;
    if (state !== 'failed' && state !== 'parked') return false;
    return retry.code === null || this.#errorOf(line)?.code === retry.code;
  }

  isSettled(line: number): boolean {
    return this.#stateOf(line) !== null;
  }

  /** The open publishes of a line. */
  perhapsSent(line: number): readonly PerhapsSent[] | undefined {
    return this.#perhapsSent.get(line);
  }

  tally(): Tally {
    const counts = LINE_STATES.map((state, index) => [state, this.#counts[index] ?? 0] as const);
    const reasons = [...this.#reasons.values()].filter(({ lines }) => lines > 0);
    return {
      settled: Object.fromEntries(counts) as Record<LineState, number>,
      bytesDone: this.#bytesDone,
      reasons: reasons.sort((one, other) => other.lines - one.lines),
    };
  }

  #stateOf(line: number): LineState | null {
    return LINE_STATES[(this.#states[line] ?? 0) - 1] ?? null;
  }

  #errorOf(line: number): LineError | null {
    return this.#errors[(this.#codes[line] ?? 0) - 1] ?? null;
  }

  #placeOf(error: LineError): number {
    const known = this.#errors.findIndex(({ code, refused }) => code === error.code && refused === error.refused);
    return known < 0 ? this.#errors.push(error) : known + 1;
  }

  #count(line: number, by: 1 | -1): void {
    const state = this.#stateOf(line);
    if (state === null) return;
    const place = LINE_STATES.indexOf(state);
    this.#counts[place] = (this.#counts[place] ?? 0) + by;
    const error = this.#errorOf(line);
    if (error === null || (state !== 'failed' && state !== 'parked')) return;
    const key = JSON.stringify([state, error]);
    const lines = (this.#reasons.get(key)?.lines ?? 0) + by;
    this.#reasons.set(key, { state, lines, ...error });
  }

  #makeRoom(line: number): void {
    if (!Number.isSafeInteger(line) || line < 0 || line > MOST_LINES) throw new RangeError(`There is no line ${line}.`);
    if (line < this.#states.length) return;
    const size = Math.max(line + 1, this.#states.length * 2);
    this.#states = grown(this.#states, new Uint8Array(size));
    this.#passes = grown(this.#passes, new Uint16Array(size));
    this.#codes = grown(this.#codes, new Uint8Array(size));
  }
}

function grown<Numbers extends Uint8Array | Uint16Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}
