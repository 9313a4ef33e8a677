import { toFerryError } from '../../errors';
import {
  sentLine,
  type DeliveredLine,
  type DeliverPageInput,
  type DeliverPageResult,
  type JobLine,
  type LineResult,
  type OpenedAt,
  type PageProgress,
} from '../../contract';
import type { Delivered } from '../../ledger';
import type { ActivityDeps } from '../deps';
import type { Attempt } from '../edge';
import { enable } from '../enable';
import { givingUp } from '../fruitless';
import { inspect } from '../inspect';
import { open } from '../open';
import { sendFile, type UploadOrder } from '../upload';
import { forLines } from './in-page';
import { LineAttempts } from './line-attempts';
import { brokenResult, endOf } from './line-results';

/** Inspects the lines of a page and brings their files into storage. */
export async function deliverPage(
  deps: ActivityDeps,
  { page }: DeliverPageInput,
  attempt: Attempt<PageProgress>,
): Promise<DeliverPageResult> {
  return await new PageDelivery(deps, page, attempt).run();
}

class PageDelivery {
  private readonly deps: ActivityDeps;
  private readonly page: DeliverPageInput['page'];
  private readonly attempt: Attempt<PageProgress>;
  private readonly attempts: LineAttempts;
  private readonly delivered = new Map<JobLine, DeliveredLine>();
  private readonly settled = new Map<JobLine, LineResult>();
  private readonly notes: Promise<void>[] = [];
  private readonly startedAt = new Date().toISOString();
  private opening: Promise<OpenedAt> | null = null;
  private opened: OpenedAt | null = null;

  constructor(deps: ActivityDeps, page: DeliverPageInput['page'], attempt: Attempt<PageProgress>) {
    this.deps = deps;
    this.page = page;
    this.attempt = attempt;
    this.attempts = new LineAttempts(attempt);
  }

  async run(): Promise<DeliverPageResult> {
    const { lines } = this.page;
    const known = await this.deps.ledger.ofTransfers(lines.map(({ transferId }) => transferId));
    const before = new Map(lines.map((line, index) => [line, known[index]?.delivered ?? null]));
    try {
      await forLines(lines, this.attempt, async (line, patience) => {
        try {
          await this.deliver(line, before.get(line) ?? null, patience);
        } catch (error) {
          this.settleBroken(line, error);
        }
        this.attempts.done(line);
      });
    } finally {
      await Promise.all(this.notes);
    }
    return {
      opened: this.delivered.size === 0 ? null : this.opened,
      delivered: lines.flatMap((line) => this.delivered.get(line) ?? []),
      settled: lines.flatMap((line) => this.settled.get(line) ?? []),
      startedAt: this.startedAt,
    };
  }

  private async deliver(line: JobLine, before: Delivered | null, patience: 'patient' | 'hasty'): Promise<void> {
    const { deps, page } = this;
    const { account, consumer } = page;
    const { transferId, caption, fetchTo, sendKey, sizeBytes, mtimeMs, inode } = line;
    const source = { path: line.source, sizeBytes, mtimeMs, inode };
    const file = await inspect(deps, { account, consumer, source, caption, fetchTo, sendKey }, this.attempt);
    if (file.alreadySent !== undefined) {
      this.settled.set(line, sentLine(line, 'skipped', file.alreadySent));
      return;
    }
    const { consumerId } = await this.open();
    // An identity cannot publish the upload of another identity.
    const own = before?.consumerId === consumerId ? before : null;
    const counts = own === null ? undefined : { urlRenewals: own.urlRenewals, bytesMoved: own.bytesSent };
    const attempt = this.attempts.of(line, patience, counts);
    const move = givingUp((order: UploadOrder, of: typeof attempt) => sendFile(deps, order, of));
    const landed = own?.relativePath ?? attempt.previous?.relativePath ?? null;
    const order = { account, consumer, transferId, file, before: landed, link: null, isLinkUsed: false };
    const uploaded = await move(order, attempt);
    const { name, fileType } = file;
    this.note({ transferId, consumerId, ...uploaded, at: new Date().toISOString() });
    // The inode of the manifest is that of the home host, and may be older. The preview is made of the delivered file.
    const delivered = { ...line, inode: file.inode };
    this.delivered.set(line, { line: delivered, name, fileType, ...uploaded });
  }

  /** Runs once for all lines, and only when a line has to be sent. */
  private open(): Promise<OpenedAt> {
    this.opening ??= this.enableAndOpen();
    return this.opening;
  }

  private async enableAndOpen(): Promise<OpenedAt> {
    const { deps, page } = this;
    const { account, consumer, conversationId, jobId } = page;
    const patient = this.attempts.patient('patient');
    await enable(deps, page, patient);
    this.opened = await open(deps, { account, consumer, transferId: jobId, conversationId, closed: [] }, patient);
    return this.opened;
  }

  /**
   * Records the upload durably before the attempt ends; several lines share a commit. Without the record, a kill would
   * cost a second upload.
   */
  private note({ transferId, relativePath, consumerId, urlRenewals, bytesSent, at }: Delivered): void {
    const { ledger, log } = this.deps;
    const noted = ledger.deliver({ transferId, relativePath, consumerId, urlRenewals, bytesSent, at });
    this.notes.push(
      noted.catch((error: unknown) => {
        log.warn('Where an upload lies could not be noted', { transferId, reason: (error as Error).message });
      }),
    );
  }

  /** @throws errors after which the page is retried */
  private settleBroken(line: JobLine, thrown: unknown): void {
    if (this.attempt.signal.aborted) throw thrown;
    const error = toFerryError(thrown);
    const state = endOf(error);
    if (state === null) throw error;
    this.settled.set(line, brokenResult(this.page, line, state, error));
  }
}
