import { FerryError } from '../errors';
import type { ResolvedStorageOptions } from './connections';
import { watchRate, type RateFloor } from './rate-floor';
import type { SourceFile } from './source-file';
import type { UploadBodyEvents } from './upload-body';

// Bytes that may still be in the kernel's send buffer when the socket has the last byte.
const SEND_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * Aborts an upload when bytes move too slowly, or when no answer comes after the last byte. There is no limit for the
 * whole upload: a large file on a slow line may take hours.
 */
export class UploadWatch implements UploadBodyEvents {
  private readonly options: ResolvedStorageOptions;
  private readonly file: SourceFile;
  private readonly onProgress: ((bytesDone: number) => void) | undefined;
  private readonly controller = new AbortController();
  private floor: RateFloor | null = null;
  private answer: NodeJS.Timeout | undefined;
  private startedAt = 0;
  private done = 0;

  constructor(
    options: ResolvedStorageOptions,
    file: SourceFile,
    onProgress: ((bytesDone: number) => void) | undefined,
  ) {
    this.options = options;
    this.file = file;
    this.onProgress = onProgress;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  readonly onStart = (): void => {
    const { floor } = this.options;
    const slow = `The upload of ${this.file.path} moved fewer than ${floor.bytesPerSecond} bytes per second for ${floor.windowMs / 1000} s.`;
    this.startedAt = performance.now();
    this.floor = watchRate(floor, () => this.controller.abort(new FerryError('STALLED', slow)));
  };

  readonly onAdvance = (bytes: number): void => {
    this.done += bytes;
    this.floor?.advance(bytes);
    this.onProgress?.(this.done);
  };

  readonly onPaced = (waits: boolean): void => {
    if (waits) this.floor?.pause();
    else this.floor?.resume();
  };

  readonly onComplete = (): void => {
    this.floor?.stop();
    const late = `All bytes of ${this.file.path} were sent, but no answer came in time: storage may have the object or not.`;
    const lost = (): void => this.controller.abort(new FerryError('ANSWER_LOST', late));
    this.answer = setTimeout(lost, this.options.headersTimeoutMs + this.flushMs());
  };

  stop(): void {
    this.floor?.stop();
    clearTimeout(this.answer);
  }

  /** The time to empty the send buffer at the measured rate. */
  private flushMs(): number {
    const seconds = Math.max(0.001, (performance.now() - this.startedAt) / 1000);
    const bytesPerSecond = Math.max(this.options.floor.bytesPerSecond, this.file.sizeBytes / seconds);
    return (Math.min(this.file.sizeBytes, SEND_BUFFER_BYTES) / bytesPerSecond) * 1000;
  }
}
