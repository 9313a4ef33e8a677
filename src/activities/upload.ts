import { isFerryError } from '../errors';
import type { SignedUrl, Storage, UploadSource } from '../storage/types';
import type { Identity, Inspection, ProgressDetails, UploadInput, UploadResult } from '../contract';
import type { AccountAccess } from './account-access';
import * as bound from './bounds';
import { warnOfClock } from './clock-warning';
import type { ActivityDeps } from './deps';
import type { Attempt } from './edge';
import { allowedSource } from './inspect';
import type { WaitingAttempt } from './pacer';
import { progressMeter, startProgress, type ProgressKeeper } from './progress';
import { isStale, isStaleAfterQueue, storageOf, withRenewal } from './renewing';
import { askForDownloadUrl, askForUploadUrl, openUrl } from './signed-urls';

export const uploadInput = bound.record<UploadInput>({
  ...bound.transfer,
  file: bound.inspection,
  url: bound.sealedUrl,
  before: bound.path.optional(),
});

/** A file to upload. */
export interface UploadOrder extends Identity {
  readonly transferId: string;
  readonly file: Inspection;
  /** The path under which earlier attempts may have stored the file; null when no attempt has sent bytes. */
  readonly before: string | null;
  /** The first link; null: request a link. */
  readonly link: SignedUrl | null;
  /** An earlier attempt may have used the link. */
  readonly isLinkUsed: boolean;
}

/** Sends the file's bytes, first with the link from the workflow. */
export async function upload(
  deps: ActivityDeps,
  input: UploadInput,
  attempt: Attempt<ProgressDetails>,
): Promise<UploadResult> {
  const { url, ...order } = input;
  const link = openUrl(deps, 'upload-url', input, url);
  const isLinkUsed = attempt.number > 1;
  const before = attempt.previous?.relativePath ?? order.before ?? (isLinkUsed ? url.relativePath : null);
  return await sendFile(deps, { ...order, before, link, isLinkUsed }, attempt);
}

/**
 * Sends the file's bytes once. Before a second upload it checks whether the first one arrived: Swift cannot resume an
 * upload, but it tells size and md5 of its object.
 */
export async function sendFile(
  deps: ActivityDeps,
  order: UploadOrder,
  attempt: Attempt<ProgressDetails>,
): Promise<UploadResult> {
  const progress = startProgress(attempt, order.file.sizeBytes, progressMeter(deps.meter, order.account, 'up'));
  return await new Upload(deps, order, attempt, progress).run();
}

class Upload {
  private readonly deps: ActivityDeps;
  private readonly order: UploadOrder;
  private readonly attempt: Attempt<ProgressDetails>;
  private readonly progress: ProgressKeeper;
  private readonly account: AccountAccess;
  private readonly storage: Storage;

  constructor(deps: ActivityDeps, order: UploadOrder, attempt: Attempt<ProgressDetails>, progress: ProgressKeeper) {
    this.deps = deps;
    this.order = order;
    this.attempt = attempt;
    this.progress = progress;
    this.account = deps.account(order.account);
    this.storage = this.account.storage;
  }

  async run(): Promise<UploadResult> {
    const { file, before } = this.order;
    const path = await allowedSource(this.deps, this.account, file.source);
    const source: UploadSource = { path, sizeBytes: file.sizeBytes, mtimeMs: file.mtimeMs, inode: file.inode };
    if (before !== null) {
      const landed = await this.landedBefore(before, source);
      if (landed !== null) return landed;
    }
    const first = await this.firstLink();
    return await withRenewal(
      first,
      this.attempt.signal,
      () => this.renew(this.attempt),
      (url) => this.send(url, source, url === first && !this.order.isLinkUsed),
      () => this.progress.waitFor('storage to take an upload link'),
    );
  }

  private async firstLink(): Promise<SignedUrl> {
    const { link } = this.order;
    if (link === null) return await this.ask(this.attempt);
    return (await this.isUsable(link)) ? link : await this.renew(this.attempt);
  }

  /** True when the link is valid by the storage's clock, and storage has not moved to another host since then. */
  private async isUsable(url: SignedUrl): Promise<boolean> {
    if (isStale(this.storage, url)) return false;
    if (!this.order.isLinkUsed) return true;
    return url.origin === (await this.deps.liveperson.serviceUrl(this.account.address, 'swift', this.attempt.signal));
  }

  private async renew(waiting?: WaitingAttempt): Promise<SignedUrl> {
    const url = await this.ask(waiting);
    this.progress.renewed();
    return url;
  }

  private async ask(waiting?: WaitingAttempt): Promise<SignedUrl> {
    const { account, consumer, transferId, file } = this.order;
    const { sizeBytes, fileType } = file;
    this.progress.waitFor('a new upload link');
    return await askForUploadUrl(
      this.deps,
      { account, consumer, transferId, sizeBytes, fileType },
      this.attempt.signal,
      waiting,
    );
  }

  /** Waits for storage to be up, then for a byte slot: neither a pause nor an outage holds a slot. */
  private async send(link: SignedUrl, source: UploadSource, nothingSentYet: boolean): Promise<UploadResult> {
    const { slots, pacer } = this.deps;
    await pacer.ready(storageOf(link), this.attempt);
    this.progress.waitFor('a byte slot');
    const queuedAt = performance.now();
    const move = async (): Promise<UploadResult> => {
      // The link may have expired in the queue. Its renewal must not wait: no slot is held while messaging is down.
      const url = isStaleAfterQueue(this.storage, link, queuedAt) ? await this.renew() : link;
      return await pacer.run(storageOf(url), () => this.put(url, source, nothingSentYet));
    };
    return await slots.use(source.sizeBytes, move, this.attempt.signal);
  }

  private async put(url: SignedUrl, source: UploadSource, nothingSentYet: boolean): Promise<UploadResult> {
    const { signal } = this.attempt;
    this.progress.begin(url.relativePath);
    // Costs one round trip and saves a whole body when the link is expired or the object is there already.
    const there = nothingSentYet ? null : await this.compare(url, source);
    if (there !== null) return there;
    try {
      const sent = await this.storage.upload({ url, source, signal, onProgress: (done) => this.progress.at(done) });
      this.progress.moved(sent.bytesSent);
      return this.result(url.relativePath, sent.md5, sent.sha256);
    } catch (error) {
      // An aborted upload does not report bytes sent: use the last progress value.
      this.progress.moved(signal.aborted ? this.progress.now.bytesDone : bytesIn(error, 'bytesSent'));
      if (!isFerryError(error) || error.code !== 'ANSWER_LOST') throw error;
      const stored = await this.compare(url, source);
      if (stored === null) throw error;
      return stored;
    } finally {
      warnOfClock(this.deps.log, this.storage, url.origin);
    }
  }

  /** The result of an earlier attempt that finished its PUT and died before it could report. */
  private async landedBefore(relativePath: string, source: UploadSource): Promise<UploadResult | null> {
    const { account, consumer, transferId, link } = this.order;
    if (link !== null && relativePath === link.relativePath && (await this.isUsable(link))) {
      try {
        return await this.compare(link, source);
      } catch (error) {
        if (!isFerryError(error) || error.code !== 'URL_REFUSED') throw error;
      }
    }
    return await this.lookByDownloadUrl({ account, consumer, transferId, relativePath }, source);
  }

  private async lookByDownloadUrl(
    what: Parameters<typeof askForDownloadUrl>[1],
    source: UploadSource,
  ): Promise<UploadResult | null> {
    try {
      return await this.compare(await askForDownloadUrl(this.deps, what, this.attempt.signal, this.attempt), source);
    } catch (error) {
      // If the service does not sign for an unpublished path, the answer stays unknown, and sending again is safe.
      if (isFerryError(error) && error.row.objectLook === 'unanswered') return null;
      throw error;
    }
  }

  private async compare(url: SignedUrl, source: UploadSource): Promise<UploadResult | null> {
    const { signal } = this.attempt;
    const stored = await this.storage.head(url, signal);
    if (stored === null || stored.sizeBytes !== source.sizeBytes) return null;
    const { md5, sha256 } = await this.storage.digest(source, signal);
    return stored.etag === md5 ? this.result(url.relativePath, md5, sha256) : null;
  }

  private result(relativePath: string, md5: string, sha256: string): UploadResult {
    const { urlRenewals, bytesMoved } = this.progress.now;
    return { relativePath, md5, sha256, urlRenewals, bytesSent: bytesMoved };
  }
}

/** The number of bytes moved, from a failure of the storage library. */
export function bytesIn(error: unknown, key: 'bytesSent' | 'bytesFetched'): number {
  const bytes = isFerryError(error) ? error.details[key] : undefined;
  return typeof bytes === 'number' ? bytes : 0;
}
