import type { Digester, Digests } from './digests';
import { changed, type SourceFile } from './source-file';

// Three buffers: one is sent, one is filled ahead, one is about to be free. Larger buffers block the event loop,
// smaller buffers cost more calls; 256 KiB was measured as the best size.
const PIECE_BYTES = 256 * 1024;
const RING = 3;

// A slow line gets smaller pieces, because progress shows only complete pieces.
const LEAST_PIECE_BYTES = 4 * 1024;
const FIRST_PIECE_BYTES = 32 * 1024;
const SLOW_MS = 500;

export interface UploadBodyEvents {
  /** Called when the connection is open and ready for the first byte. */
  readonly onStart: () => void;
  /** Called when the socket has accepted bytes. */
  readonly onAdvance: (bytes: number) => void;
  /** Called when the last byte was handed to the socket. */
  readonly onComplete: () => void;
  /** True: no byte may move, because of a limit of our own; false: they move again. */
  readonly onPaced: (waits: boolean) => void;
}

/**
 * The bytes of the source, read ahead into a ring of reused buffers. The consumer (undici) asks for the next piece only
 * when the socket has taken the piece before, so a buffer is free again two pieces later. The last piece waits until
 * the source has proved unchanged: storage never gets a complete object of a file that changed.
 */
export class UploadBody implements AsyncIterable<Uint8Array> {
  private readonly source: SourceFile;
  private readonly digester: Digester | null;
  private readonly events: UploadBodyEvents;
  private readonly pieces: number;
  private readonly ring: Buffer[];
  private reading: Promise<Uint8Array> | null = null;
  private finished: Digests | null = null;
  private sliceBytes = FIRST_PIECE_BYTES;
  private started = false;
  private stopped = false;
  private sent = 0;
  private thrown: unknown;
  private pace: ((wanted: number) => Promise<number>) | null = null;

  /** @param digester null: the digests are known already */
  constructor(source: SourceFile, digester: Digester | null, events: UploadBodyEvents) {
    this.source = source;
    this.digester = digester;
    this.events = events;
    this.pieces = Math.ceil(source.sizeBytes / PIECE_BYTES);
    const bytes = Math.min(PIECE_BYTES, source.sizeBytes);
    this.ring = Array.from({ length: Math.min(RING, this.pieces) }, () => Buffer.allocUnsafeSlow(bytes));
  }

  /** Bytes of content handed to the socket. */
  get bytesSent(): number {
    return this.sent;
  }

  /** True when the socket has every byte: from then on storage may have the whole object. */
  get complete(): boolean {
    return this.started && this.sent === this.source.sizeBytes;
  }

  /** The error of a failed read. */
  get failure(): unknown {
    return this.thrown;
  }

  /** Digests of the sent bytes, once complete; null without a digester. */
  digests(): Digests | null {
    if (this.digester !== null) this.finished ??= this.digester.finish();
    return this.finished;
  }

  /** @param pace resolves with the number of bytes, at most `wanted`, that may be sent now */
  paceBy(pace: (wanted: number) => Promise<number>): void {
    this.pace = pace;
  }

  /** Stops reading and sending. Resolves when no read is running. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.reading?.catch(() => undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      this.started = true;
      this.events.onStart();
      if (this.pieces === 0) this.events.onComplete();
      else this.reading = this.readPiece(0);
      for (let index = 0; index < this.pieces && !this.stopped; index += 1) {
        yield* this.slices(await this.nextPiece(index));
      }
    } catch (error) {
      this.thrown = error;
      throw error;
    }
  }

  private async nextPiece(index: number): Promise<Uint8Array> {
    const piece = await (this.reading as Promise<Uint8Array>);
    const last = index + 1 === this.pieces;
    this.reading = last ? null : this.readPiece(index + 1);
    this.digester?.update(piece);
    if (last) await this.source.assertUnchanged(() => this.digests());
    return piece;
  }

  private readPiece(index: number): Promise<Uint8Array> {
    const position = index * PIECE_BYTES;
    const length = Math.min(PIECE_BYTES, this.source.sizeBytes - position);
    const piece = (this.ring[index % RING] as Buffer).subarray(0, length);
    const read = (async () => {
      if ((await this.source.fill(piece, position)) < length) throw changed(this.source.path);
      return piece;
    })();
    // Awaited later, or never when the upload was stopped.
    read.catch(() => undefined);
    return read;
  }

  private async allowed(pace: (wanted: number) => Promise<number>, wanted: number): Promise<number> {
    this.events.onPaced(true);
    const bytes = await pace(wanted);
    this.events.onPaced(false);
    return bytes;
  }

  private async *slices(piece: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let from = 0; from < piece.length && !this.stopped;) {
      const wanted = Math.min(this.sliceBytes, piece.length - from);
      const slice = piece.subarray(from, from + (this.pace === null ? wanted : await this.allowed(this.pace, wanted)));
      from += slice.length;
      this.sent += slice.length;
      if (this.complete) this.events.onComplete();
      const handedAt = performance.now();
      yield slice;
      this.events.onAdvance(slice.length);
      this.sliceBytes = nextSliceBytes(this.sliceBytes, performance.now() - handedAt);
    }
  }
}

function nextSliceBytes(sliceBytes: number, tookMs: number): number {
  if (tookMs > SLOW_MS) return Math.max(LEAST_PIECE_BYTES, sliceBytes / 4);
  return tookMs < SLOW_MS / 2 ? Math.min(PIECE_BYTES, sliceBytes * 2) : sliceBytes;
}
