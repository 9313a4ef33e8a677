import { defineQuery, setCurrentDetails, setHandler, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import {
  JOB_MEMO,
  JOB_VIEW_QUERY,
  LINE_STATES,
  SEARCH_ATTRIBUTES,
  type JobCounts,
  type JobState,
  type JobView,
  type LineState,
} from '../contract';

const stateKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD');

/** The period over which rates are computed. */
const RATE_WINDOW_MS = 30_000;

/** The progress of a job at one time. */
interface Sample {
  readonly atMs: number;
  readonly lines: number;
  readonly bytes: number;
}

export type Rates = Pick<JobView, 'filesPerSecond' | 'bytesPerSecond'>;

/** Files and bytes per second, from the latest answers of the clerk. */
export class RateMeter {
  private samples: Sample[] = [];

  add(lines: number, bytes: number): void {
    const atMs = Date.now();
    const oldest = atMs - RATE_WINDOW_MS;
    this.samples = [...this.samples.filter((sample) => sample.atMs >= oldest), { atMs, lines, bytes }];
  }

  /** Drops earlier samples, for example after a pause. */
  reset(): void {
    this.samples = [];
  }

  now(): Rates {
    const [first] = this.samples;
    const last = this.samples.at(-1);
    if (first === undefined || last === undefined) return { filesPerSecond: 0, bytesPerSecond: 0 };
    return ratesBetween(first, last);
  }
}

export function ratesBetween(first: Sample, last: Sample): Rates {
  const seconds = (last.atMs - first.atMs) / 1000;
  if (seconds <= 0) return { filesPerSecond: 0, bytesPerSecond: 0 };
  return {
    filesPerSecond: Math.round(((last.lines - first.lines) / seconds) * 10) / 10,
    bytesPerSecond: Math.round((last.bytes - first.bytes) / seconds),
  };
}

/** The numbers of lines that a view counts. */
export interface LineNumbers {
  readonly lines: number;
  readonly settled: Readonly<Record<LineState, number>>;
  /** Results that the journal does not have yet. */
  readonly unrecorded: Readonly<Record<LineState, number>>;
  readonly running: number;
  /** True when the pass runs the lines that an earlier pass left as cancelled: they wait. */
  readonly runsCancelled: boolean;
}

/** A failed or parked line that a later pass runs again counts twice: as running, and with its state in the journal. */
export function countLines({ lines, settled, unrecorded, running, runsCancelled }: LineNumbers): JobCounts {
  const { done, failed, parked, skipped, cancelled } = Object.fromEntries(
    LINE_STATES.map((state) => [state, settled[state] + unrecorded[state]]),
  ) as Record<LineState, number>;
  const left = lines - done - failed - parked - skipped - (runsCancelled ? 0 : cancelled);
  return { done, failed, parked, skipped, running, waiting: Math.max(0, left - running) };
}

/** Answers the query, and updates the data for lists and for Temporal's UI. */
export class JobShow {
  private readonly view: () => JobView;
  private shown: JobState;

  constructor(view: () => JobView) {
    this.view = view;
    // The search attributes that the client or the previous run has set.
    this.shown = view().state;
    setHandler(defineQuery<JobView>(JOB_VIEW_QUERY), view);
  }

  /** A change of state is an event of the history; all other changes cost nothing. */
  update(): void {
    const now = this.view();
    setCurrentDetails(toMarkdown(now));
    if (now.state === this.shown) return;
    this.shown = now.state;
    upsertSearchAttributes([{ key: stateKey, value: now.state }]);
  }

  end(): void {
    this.update();
    upsertMemo({ [JOB_MEMO]: this.view() });
  }
}

function toMarkdown(view: JobView): string {
  const { counts, lines, state, jobId } = view;
  const settled = counts.done + counts.skipped + counts.failed + counts.parked;
  const share = lines === 0 ? 100 : Math.floor((Math.min(settled, lines) * 100) / lines);
  const text = [
    `**${view.name}**: ${lines} files to account **${view.account}**, from host ${view.host}`,
    '',
    `**${state}**, ${share}%${view.pass > 1 ? `, pass ${view.pass}` : ''}`,
    '',
    ...Object.entries(counts).map(([name, amount]) => `- ${name}: ${amount}`),
    '',
    `${view.filesPerSecond} files a second in ${view.lanes} lanes`,
    ...view.reasons.map(({ state: as, code, lines: amount }) => `- ${amount} ${as}: ${code}`),
  ];
  if (view.error !== null) text.push('', `**${view.error.code}**: ${view.error.message}`, '', view.error.remedy);
  if (state === 'parked') text.push('', `Then: \`ferry job retry ${jobId}\``);
  if (state === 'paused') text.push('', `A person paused it. To go on: \`ferry job resume ${jobId}\``);
  return text.join('\n');
}
