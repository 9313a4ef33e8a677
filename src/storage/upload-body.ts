import { sharedBuffer, type Digester, type Digests } from './digests';
import { changed, type SourceFile } from './source-file';

// Three buffers: one being sent, one read ahead, one being let go. Larger ones hold up the event loop, smaller ones
// cost more calls; 256 KiB was measured as the best.
const PIECE_BYTES = 256 * 1024;
const RING = 3;

// A slow line gets smaller pieces, or nothing would seem to move while a large one is on its way.
const LEAST_PIECE_BYTES = 4 * 1024;
const FIRST_PIECE_BYTES = 32 * 1024;
const SLOW_MS = 500;

/** The body of one upload. */
export interface UploadBody extends AsyncIterable<Uint8Array> {
  /** Bytes of content handed to the socket. */
  readonly bytesSent: number;
  /** Every byte was handed to the socket: from here on storage may have the whole object. */
  readonly complete: boolean;
  /** What made reading fail, if anything. */
  readonly failure: unknown;
  /** Digests of what was sent, once complete; null when none were asked for. */
  digests(): Promise<Digests> | null;
  /** Reads and sends nothing more. Resolves when no read is under way. */
  stop(): Promise<void>;
}

export interface UploadBodyEvents {
  /** The first byte is wanted: there is a connection. */
  onStart(): void;
  /** Bytes were taken by the socket. */
  onAdvance(bytes: number): void;
  /** The last byte was handed over. */
  onComplete(): void;
}

/**
 * The bytes of the source, read ahead into a ring of reused buffers. The consumer (undici) asks for the next piece
 * only when the socket has taken the one before, so a buffer is free again two pieces later. The last piece is held
 * back until the source proved unchanged: storage never gets a complete object of a file that changed.
 */
export function uploadBody(source: SourceFile, digester: Digester | null, events: UploadBodyEvents): UploadBody {
  const ring = Array.from({ length: Math.min(RING, Math.ceil(source.sizeBytes / PIECE_BYTES)) }, () =>
    sharedBuffer(Math.min(PIECE_BYTES, source.sizeBytes)),
  );
  const digesting: (Promise<void> | void)[] = [];
  const state = { bytesSent: 0, complete: false, failure: undefined as unknown, stopped: false };
  let reading: Promise<Uint8Array> | null = null;
  let digests: Promise<Digests> | null = null;

  function readPiece(index: number): Promise<Uint8Array> {
    const position = index * PIECE_BYTES;
    const length = Math.min(PIECE_BYTES, source.sizeBytes - position);
    const piece = (ring[index % RING] as Buffer).subarray(0, length);
    const read = (async () => {
      await digesting[index % RING];
      if ((await source.fill(piece, position)) < length) throw changed(source.path);
      return piece;
    })();
    // It is awaited later, or never when the upload was stopped.
    read.catch(() => undefined);
    return read;
  }

  async function* slices(): AsyncGenerator<Uint8Array> {
    events.onStart();
    const count = Math.ceil(source.sizeBytes / PIECE_BYTES);
    let sliceBytes = FIRST_PIECE_BYTES;
    if (count > 0) reading = readPiece(0);
    for (let index = 0; index < count && !state.stopped; index += 1) {
      const piece = await (reading as Promise<Uint8Array>);
      reading = index + 1 < count ? readPiece(index + 1) : null;
      const digested = digester?.update(piece);
      digested?.catch(() => undefined);
      digesting[index % RING] = digested;
      if (index === count - 1) await source.assertUnchanged();
      for (let from = 0; from < piece.length && !state.stopped;) {
        const slice = piece.subarray(from, from + sliceBytes);
        from += slice.length;
        const handedAt = performance.now();
        state.bytesSent += slice.length;
        if (state.bytesSent === source.sizeBytes) finish();
        yield slice;
        events.onAdvance(slice.length);
        sliceBytes = nextSliceBytes(sliceBytes, performance.now() - handedAt);
      }
    }
    if (source.sizeBytes === 0) finish();
  }

  function finish(): void {
    state.complete = true;
    events.onComplete();
  }

  return {
    get bytesSent() {
      return state.bytesSent;
    },
    get complete() {
      return state.complete;
    },
    get failure() {
      return state.failure;
    },
    digests() {
      if (digester !== null) digests ??= digester.finish();
      return digests;
    },
    async stop() {
      state.stopped = true;
      await reading?.catch(() => undefined);
    },
    async *[Symbol.asyncIterator]() {
      try {
        yield* slices();
      } catch (error) {
        state.failure = error;
        throw error;
      }
    },
  };
}

function nextSliceBytes(sliceBytes: number, tookMs: number): number {
  if (tookMs > SLOW_MS) return Math.max(LEAST_PIECE_BYTES, sliceBytes / 4);
  return tookMs < SLOW_MS / 2 ? Math.min(PIECE_BYTES, sliceBytes * 2) : sliceBytes;
}
