import { askedOf, choicesOf, type Inspection, type TransferInput } from '../contract';
import type { TransferActivities } from './activities';
import { failWith, transferError } from './failures';
import { startEntry } from './record';

/** The file to send, with the facts of its last inspection. Another host may take over with its own copy. */
export class SourceFile {
  private readonly input: TransferInput;
  private seen: Inspection | null = null;
  private uploadedMd5: string | null = null;
  private isNeeded = true;

  constructor(input: TransferInput) {
    this.input = input;
  }

  /** Inspects the file, unless a host that took over has inspected it. */
  async inspect(activities: TransferActivities): Promise<Inspection> {
    if (this.seen === null) await this.inspectAnew(activities);
    return this.file;
  }

  /** The inspected file. Call {@link inspect} first. */
  get file(): Inspection {
    if (this.seen === null) throw failWith(transferError('INTERNAL', 'The file was used before it was inspected.'));
    return this.seen;
  }

  /** The digest of the uploaded file; null before the upload. */
  get md5(): string | null {
    return this.uploadedMd5;
  }

  /** From now on another host's copy must have this digest. */
  wasUploadedAs(md5: string): void {
    this.uploadedMd5 = md5;
  }

  /** Once published, the source is not read again. */
  wasPublished(): void {
    this.isNeeded = false;
  }

  /** Compares the copy of a host that takes over with the known facts of the file. */
  async arrive(activities: TransferActivities): Promise<void> {
    if (this.isNeeded) await this.inspectAnew(activities);
  }

  private async inspectAnew(activities: TransferActivities): Promise<void> {
    const { transferId, account, consumer, host, source, fetchTo, sendKey, sentBefore } = this.input;
    const before = this.seen;
    const subject = { transferId, account, consumer, host, source: source.path };
    const audit = before === null ? startEntry('send', { ...subject, ...askedOf(this.input) }) : undefined;
    this.seen = await activities.onHost(
      'inspect',
      {
        account,
        consumer,
        source: before === null ? source : { ...source, sizeBytes: before.sizeBytes, mtimeMs: before.mtimeMs },
        ...choicesOf(this.input),
        fetchTo,
        ...(sendKey === undefined ? {} : { sendKey }),
        ...(sentBefore === undefined ? {} : { sentBefore }),
        ...(this.uploadedMd5 === null ? {} : { expectedMd5: this.uploadedMd5 }),
        ...(audit === undefined ? {} : { audit }),
      },
      { summary: `look at ${source.path}` },
    );
  }
}
