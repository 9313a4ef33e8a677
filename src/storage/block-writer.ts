/**
 * Takes the bytes of a body in page-aligned slots, writes each full slot and digests it at the same time.
 *
 * Invariants: slots are written one after the other, in order, so the file's length is what is valid. A slot is filled
 * again only when it is written and digested. What came is in the file within a second, however slowly it came.
 */
import { DirectSink } from './direct-sink';
import type { Destination } from './receive';
import { SLOT_BYTES, takeSlotMemory, type SlotMemory } from './slot-memory';

export interface BlockWriterEvents {
  /** There is room again after `filled` said that there is none. */
  readonly onRoom: () => void;
  /** The disk or the digest failed. */
  readonly onFailure: (error: unknown) => void;
}

const FLUSH_MS = 400;

// What is received and not written is lost when the process is killed; it shall stay little when the disk lags behind.
const MOST_UNWRITTEN_SLOTS = 3;

export class BlockWriter {
  private readonly to: Destination;
  private readonly events: BlockWriterEvents;
  private readonly sink: DirectSink | null;
  private readonly memory: SlotMemory;
  private readonly free: Buffer[];
  private readonly flushing: NodeJS.Timeout;
  private readonly digesting = new Set<Promise<void>>();
  private writing: Promise<void> = Promise.resolve();
  private waiting = false;
  private unwritten = 0;
  private received = 0;
  /** The slot that is being filled; null once the body is complete. */
  private slot: Buffer | null;
  private slotPosition: number;
  private slotFilled = 0;
  private slotFlushed = 0;
  private flushSaw = -1;

  private constructor(to: Destination, events: BlockWriterEvents, sink: DirectSink | null) {
    this.to = to;
    this.events = events;
    this.sink = sink;
    this.memory = takeSlotMemory();
    this.free = [...this.memory.slots];
    this.slot = this.free.shift() as Buffer;
    this.slotPosition = to.position;
    this.flushing = setInterval(() => this.flushSlow(), FLUSH_MS);
  }

  static open(to: Destination, events: BlockWriterEvents): BlockWriter {
    return new BlockWriter(to, events, to.file === null ? null : DirectSink.open(to.file, to.path));
  }

  /** Where the next bytes may be put: never empty unless the body is complete. */
  space(): Buffer {
    const left = this.to.length - this.received;
    return (this.slot as Buffer).subarray(this.slotFilled, Math.min(SLOT_BYTES, this.slotFilled + left));
  }

  /** So many bytes were put into the space. False: no more until `onRoom`. */
  filled(bytes: number): boolean {
    this.to.onReceived(bytes);
    this.received += bytes;
    this.slotFilled += bytes;
    if (this.slotFilled === SLOT_BYTES) {
      this.endSlot();
      // There always is one, for reading pauses when the last is taken.
      this.slot = this.free.shift() as Buffer;
      this.waiting = !this.hasRoom();
    }
    return !this.waiting;
  }

  /** Resolves when everything is written and digested. */
  async finish(): Promise<void> {
    try {
      if (this.slotFilled > 0) this.endSlot();
      await this.writing;
      await Promise.all(this.digesting);
      await this.sink?.trim(this.to.position + this.to.length);
    } finally {
      await this.release();
    }
  }

  /** Writes what came so far, as far as it can be written, and lets go of everything. */
  async abandon(): Promise<void> {
    this.flush();
    await this.release();
  }

  private endSlot(): void {
    const full = this.slot as Buffer;
    const length = this.slotFilled;
    const position = this.slotPosition;
    const digested = Promise.resolve(this.to.digester.update(full.subarray(0, length)));
    this.digesting.add(digested);
    this.unwritten += 1;
    const written = this.writing.then(() => this.sink?.write(full, length, position));
    this.writing = written.then(() => {
      this.unwritten -= 1;
      this.to.onWritten(length);
      this.goOn();
    });
    Promise.all([this.writing, digested])
      .then(() => {
        this.digesting.delete(digested);
        this.free.push(full);
        this.goOn();
      })
      .catch(this.events.onFailure);
    this.slot = null;
    this.slotPosition += length;
    this.slotFilled = 0;
    this.slotFlushed = 0;
  }

  private hasRoom(): boolean {
    return this.free.length > 0 && this.unwritten < MOST_UNWRITTEN_SLOTS;
  }

  private goOn(): void {
    if (!this.waiting || !this.hasRoom()) return;
    this.waiting = false;
    this.events.onRoom();
  }

  /** A slot that was not full since the last look fills slowly. */
  private flushSlow(): void {
    if (this.flushSaw === this.slotPosition) this.flush();
    this.flushSaw = this.slotPosition;
  }

  /** Writes the slot as far as it came; once full it is written again as a whole. */
  private flush(): void {
    if (this.slot === null || this.slotFilled === this.slotFlushed) return;
    const bytes = this.slot.subarray(this.slotFlushed, this.slotFilled);
    const position = this.slotPosition + this.slotFlushed;
    this.slotFlushed = this.slotFilled;
    this.writing = this.writing.then(() => this.sink?.writeCached(bytes, position));
    this.writing.catch(this.events.onFailure);
  }

  private async release(): Promise<void> {
    clearInterval(this.flushing);
    await this.writing.catch(() => undefined);
    await Promise.allSettled(this.digesting);
    this.sink?.close();
    this.memory.release();
  }
}
