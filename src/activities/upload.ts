import { isFerryError } from '../errors';
import type { SignedUrl, Storage, UploadSource } from '../storage/types';
import type { ProgressDetails, UploadInput, UploadResult } from '../contract';
import type { AccountAccess } from './account-access';
import { warnOfClock } from './clock-warning';
import type { ActivityDeps } from './deps';
import type { Attempt } from './edge';
import { allowedSource } from './inspect';
import type { PatientAttempt } from './pacer';
import { startProgress, type ProgressKeeper } from './progress';
import { isStale, isStaleAfterQueue, storageOf, withRenewal } from './renewing';
import { askForDownloadUrl, askForUploadUrl, openUrl } from './signed-urls';

/**
 * Sends the file's bytes, once. Before anything is sent a second time it finds out whether the first landed: Swift cannot
 * resume an upload, but it tells size and md5 of what it has.
 */
export async function upload(
  deps: ActivityDeps,
  input: UploadInput,
  attempt: Attempt<ProgressDetails>,
): Promise<UploadResult> {
  const progress = startProgress(attempt, input.file.sizeBytes);
  return await new Upload(deps, input, attempt, progress).run();
}

class Upload {
  private readonly deps: ActivityDeps;
  private readonly input: UploadInput;
  private readonly attempt: Attempt<ProgressDetails>;
  private readonly progress: ProgressKeeper;
  private readonly account: AccountAccess;
  private readonly storage: Storage;

  constructor(deps: ActivityDeps, input: UploadInput, attempt: Attempt<ProgressDetails>, progress: ProgressKeeper) {
    this.deps = deps;
    this.input = input;
    this.attempt = attempt;
    this.progress = progress;
    this.account = deps.account(input.account);
    this.storage = this.account.storage;
  }

  async run(): Promise<UploadResult> {
    const { file } = this.input;
    const path = await allowedSource(this.deps, this.account, file.source);
    const source: UploadSource = { path, sizeBytes: file.sizeBytes, mtimeMs: file.mtimeMs, inode: file.inode };
    const landed = await this.landedBefore(source);
    if (landed !== null) return landed;
    const first = openUrl(this.deps, 'upload-url', this.input, this.input.url);
    return await withRenewal(
      (await this.isUsable(first)) ? first : await this.renew(this.attempt),
      this.attempt.signal,
      () => this.renew(this.attempt),
      (url) => this.send(url, source, url === first && this.attempt.number === 1),
      () => this.progress.waitFor('storage to take an upload link'),
    );
  }

  /** Alive by the storage's clock; and storage has not moved to another host since an earlier attempt. */
  private async isUsable(url: SignedUrl): Promise<boolean> {
    if (isStale(this.storage, url)) return false;
    if (this.attempt.number === 1) return true;
    return url.origin === (await this.deps.liveperson.serviceUrl(this.account.address, 'swift', this.attempt.signal));
  }

  private async renew(patient?: PatientAttempt): Promise<SignedUrl> {
    const { account, consumer, transferId, file } = this.input;
    const { sizeBytes, fileType } = file;
    this.progress.waitFor('a new upload link');
    const url = await askForUploadUrl(
      this.deps,
      { account, consumer, transferId, sizeBytes, fileType },
      this.attempt.signal,
      patient,
    );
    this.progress.renewed();
    return url;
  }

  /** Waits for storage to be up, then for a byte slot: neither a pause nor an outage holds a slot. */
  private async send(link: SignedUrl, source: UploadSource, nothingSentYet: boolean): Promise<UploadResult> {
    const { slots, pacer } = this.deps;
    await pacer.ready(storageOf(link), this.attempt);
    this.progress.waitFor('a byte slot');
    const queuedAt = performance.now();
    return await slots.use(async () => {
      // The link may have expired in the queue. Renewed without patience: no slot is held while messaging is down.
      const url = isStaleAfterQueue(this.storage, link, queuedAt) ? await this.renew() : link;
      return await pacer.run(storageOf(url), () => this.put(url, source, nothingSentYet));
    }, this.attempt.signal);
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

  /** An earlier attempt may have finished its PUT and died before it could say so, perhaps long ago. */
  private async landedBefore(source: UploadSource): Promise<UploadResult | null> {
    const { account, consumer, transferId, before } = this.input;
    const broken = this.attempt.previous?.relativePath ?? before;
    if (this.attempt.number === 1 && broken === undefined) return null;
    const relativePath = broken ?? this.input.url.relativePath;
    const first = openUrl(this.deps, 'upload-url', this.input, this.input.url);
    if (relativePath === first.relativePath && (await this.isUsable(first))) {
      try {
        return await this.compare(first, source);
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
      // A service that will not sign for an unpublished path leaves it unknown: then sending again is the safe side.
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

/** Failures of the storage library say how many bytes had moved. */
export function bytesIn(error: unknown, key: 'bytesSent' | 'bytesFetched'): number {
  const bytes = isFerryError(error) ? error.details[key] : undefined;
  return typeof bytes === 'number' ? bytes : 0;
}
