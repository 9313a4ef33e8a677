import type { Client, WorkflowHandle } from '@temporalio/client';
import {
  JOB_COMMAND,
  JOB_VIEW_QUERY,
  PRIORITY,
  SEARCH_ATTRIBUTES,
  SHARED_QUEUE,
  WORKFLOW,
  type ClerkAnswer,
  type ClerkInput,
  type DeliveredLine,
  type DeliverPageInput,
  type DeliverPageResult,
  type JobCommand,
  type JobCommandName,
  type JobLine,
  type JobPage,
  type JobResult,
  type JobStart,
  type JobView,
  type LineResult,
  type LineState,
  type PublishPageInput,
  type PublishPageResult,
} from '../../src/contract';
import { LineTable } from '../../src/jobs/line-table';
import { waitFor } from '../support/wait-for';
import { HOST } from './stand-ins';

let jobs = 0;

export function jobOf(changes: Partial<JobStart> = {}): JobStart {
  jobs += 1;
  return {
    jobId: `acme-january-${jobs}`,
    name: 'january',
    account: 'acme',
    host: HOST,
    hosts: [HOST],
    lines: 20,
    bytesTotal: 2000,
    lanes: 4,
    ordered: false,
    verify: false,
    deadlineMs: 600_000,
    ...changes,
  };
}

export function startJob(client: Client, start: JobStart): Promise<WorkflowHandle> {
  return client.workflow.start(WORKFLOW.job, {
    workflowId: start.jobId,
    taskQueue: SHARED_QUEUE,
    args: [start],
    priority: { priorityKey: PRIORITY.job },
    searchAttributes: { [SEARCH_ATTRIBUTES.account]: ['acme'], [SEARCH_ATTRIBUTES.state]: ['running'] },
    memo: { name: start.name },
  });
}

let commands = 0;

export function orderJob(handle: WorkflowHandle, name: JobCommandName, more: Partial<JobCommand> = {}) {
  commands += 1;
  return handle.executeUpdate(JOB_COMMAND[name], { args: [{ commandId: `j${commands}`, ...more }] });
}

export function viewOf(handle: WorkflowHandle): Promise<JobView> {
  return handle.query<JobView>(JOB_VIEW_QUERY);
}

export function jobInState(handle: WorkflowHandle, state: JobView['state']): Promise<JobView> {
  return waitFor(async () => {
    const view = await viewOf(handle);
    return view.state === state ? view : undefined;
  });
}

export async function endOf(handle: WorkflowHandle): Promise<JobView> {
  return ((await handle.result()) as JobResult).view;
}

const opened = { conversationId: 'c1', dialogId: 'c1', consumerId: 'sub', lastSequence: 0 };

export function rowOf(line: JobLine, state: LineState, error: LineResult['error'] = null): LineResult {
  const isSent = state === 'done';
  return {
    line: line.line,
    state,
    transferId: line.transferId,
    source: line.source,
    conversationId: isSent ? 'c1' : null,
    sequence: isSent ? line.line : null,
    relativePath: isSent ? `/v1/a/c/${line.line}` : null,
    fileType: 'JPG',
    sizeBytes: line.sizeBytes,
    md5: 'm',
    sha256: null,
    fetchedTo: null,
    error,
    finishedAt: '2026-01-02T03:04:05.000Z',
  };
}

export function deliveredOf(line: JobLine): DeliveredLine {
  return {
    line,
    name: `${line.line}.jpg`,
    fileType: 'JPG',
    relativePath: `/v1/a/c/${line.line}`,
    md5: 'm',
    sha256: null,
    urlRenewals: 0,
    bytesSent: line.sizeBytes,
  };
}

export interface FakeJobOptions {
  readonly lines?: number;
  readonly perPage?: number;
  /** Bytes of a line. @default 100 */
  readonly sizeOf?: (line: number) => number;
  /** @default 'ops' */
  readonly consumer?: string;
}

/** Manifest and journal of a job in memory, and activities that do everything well and write down what they did. */
export class FakeJob {
  readonly journal = new Map<number, { readonly pass: number; readonly result: LineResult }[]>();
  /** Lines in the order in which they were published. */
  readonly published: number[] = [];
  readonly publishCalls: PublishPageInput[] = [];
  readonly clerkCalls: ClerkInput[] = [];
  mostAtOnce = 0;
  deliveries = 0;
  private readonly table = new LineTable();
  private readonly options: Required<FakeJobOptions>;
  private delivering = 0;

  constructor({ lines = 20, perPage = 2, sizeOf = () => 100, consumer = 'ops' }: FakeJobOptions = {}) {
    this.options = { lines, perPage, sizeOf, consumer };
  }

  readonly clerk = (input: ClerkInput): Promise<ClerkAnswer> => {
    this.clerkCalls.push(input);
    for (const { pass, results } of input.finished) {
      for (const result of results) {
        if (!this.table.isNew(result, pass)) continue;
        this.table.add(result, pass);
        this.journal.set(result.line, [...(this.journal.get(result.line) ?? []), { pass, result }]);
      }
    }
    const { pages, next } = this.cut(input);
    return Promise.resolve({ pages, next, ...this.table.tally() });
  };

  readonly deliverPage = async ({ page }: DeliverPageInput): Promise<DeliverPageResult> => {
    this.deliveries += 1;
    this.delivering += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.delivering);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    this.delivering -= 1;
    return { opened, delivered: page.lines.map(deliveredOf), settled: [] };
  };

  readonly publishPage = (input: PublishPageInput): Promise<PublishPageResult> => {
    this.publishCalls.push(input);
    for (const { line } of input.lines) if (!this.published.includes(line.line)) this.published.push(line.line);
    return Promise.resolve({ settled: input.lines.map(({ line }) => rowOf(line, 'done')), left: [], opened });
  };

  get activities() {
    const { clerk, deliverPage, publishPage } = this;
    return { clerk, deliverPage, publishPage };
  }

  /** The last result of each line. */
  states(): Record<number, LineState | undefined> {
    return Object.fromEntries([...this.journal].map(([line, rows]) => [line, rows.at(-1)?.result.state]));
  }

  private cut({ jobId, pass, retry, from, wanted }: ClerkInput): Pick<ClerkAnswer, 'pages' | 'next'> {
    const pages: JobPage[] = [];
    let line = from?.offset === 0 ? 1 : (from?.offset ?? this.options.lines + 1);
    while (pages.length < wanted && line <= this.options.lines) {
      const lines: JobLine[] = [];
      for (; line <= this.options.lines && lines.length < this.options.perPage; line += 1) {
        const size = this.options.sizeOf(line);
        const isLarge = size > 8_000_000;
        if (isLarge && lines.length > 0) break;
        if (this.table.isWanted(line, pass, retry)) lines.push(lineOf(jobId, line, size));
        if (isLarge) {
          line += 1;
          break;
        }
      }
      if (lines.length === 0) continue;
      const { consumer } = this.options;
      const head = { jobId, pass, page: (from?.page ?? 0) + pages.length, account: 'acme', consumer };
      pages.push({ ...head, conversationId: null, verify: false, lines });
    }
    const isMore = line <= this.options.lines;
    return { pages, next: isMore ? { offset: line, page: (from?.page ?? 0) + pages.length } : null };
  }
}

function lineOf(jobId: string, line: number, sizeBytes: number): JobLine {
  return {
    line,
    source: `/data/${line}.jpg`,
    sizeBytes,
    mtimeMs: 1,
    inode: line,
    caption: '',
    fetchTo: null,
    transferId: `${jobId}-${line}`,
    sendKey: null,
  };
}
