/**
 * Takes the bytes of a body in page-aligned slots, writes each full slot (directly, past the page cache, where the file
 * system can) and digests it at the same time.
 *
 * Invariants: slots are written one after the other, in order, so the file's length is what is valid. A slot is filled
 * again only when it is written and digested. What came is in the file within a second, however slow it came.
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { diskFailure, isErrno } from './disk-failures';
import { BLOCK_BYTES } from './part-file';
import type { Destination } from './receive';
import { writeAt } from './receive-plain';
import { SLOT_BYTES, takeSlotMemory } from './slot-memory';

export interface BlockWriter {
  /** Where the next bytes may be put: never empty unless the body is complete. */
  space(): Buffer;
  /** So many bytes were put into the space. False: no more until `onRoom` is called. */
  filled(bytes: number): boolean;
  /** Resolves when everything is written and digested. */
  finish(): Promise<void>;
  /** Writes what came so far, as far as it can be written, and lets go of everything. */
  abandon(): Promise<void>;
}

export interface BlockWriterEvents {
  readonly onRoom: () => void;
  readonly onFailure: (error: unknown) => void;
}

const FLUSH_MS = 400;
const NOTHING = Buffer.alloc(0);

export async function createBlockWriter(to: Destination, events: BlockWriterEvents): Promise<BlockWriter> {
  const memory = takeSlotMemory();
  const { slots } = memory;
  const direct = to.file === null ? null : await directSink(to, to.file);
  const free = slots.slice(1);
  let slot = slots[0] as Buffer;
  let slotFilled = 0;
  let slotFlushed = 0;
  let slotPosition = to.position;
  let received = 0;
  let waiting = false;
  let seenByFlush = -1;
  let writing: Promise<void> = Promise.resolve();
  const digesting = new Set<Promise<void>>();

  function fail(error: unknown): void {
    events.onFailure(error);
  }

  function endSlot(next: Buffer | null): void {
    const full = slot;
    const length = slotFilled;
    const position = slotPosition;
    const digested = Promise.resolve(to.digester.update(full.subarray(0, length)));
    digesting.add(digested);
    const written = writing.then(() => direct?.write(full, length, position));
    writing = written;
    Promise.all([written, digested]).then(() => {
      digesting.delete(digested);
      to.onWritten(length);
      free.push(full);
      if (!waiting) return;
      waiting = false;
      events.onRoom();
    }, fail);
    slotPosition += length;
    slotFilled = 0;
    slotFlushed = 0;
    slot = next ?? NOTHING;
  }

  /** A slot that fills slowly is written as far as it came; once full it is written again as a whole. */
  function flush(): void {
    if (slotFilled === slotFlushed) return;
    const bytes = slot.subarray(slotFlushed, slotFilled);
    const position = slotPosition + slotFlushed;
    slotFlushed = slotFilled;
    writing = writing.then(() => (to.file === null ? undefined : writeAt(to.file, to.path, bytes, position)));
    writing.catch(fail);
  }

  const flushing = setInterval(() => {
    if (seenByFlush === slotPosition) flush();
    seenByFlush = slotPosition;
  }, FLUSH_MS);

  async function release(): Promise<void> {
    clearInterval(flushing);
    await writing.catch(() => undefined);
    await Promise.allSettled(digesting);
    await direct?.close();
    memory.release();
  }

  return {
    space: () => slot.subarray(slotFilled, Math.min(slot.length, slotFilled + to.length - received)),
    filled(bytes) {
      to.onReceived(bytes);
      received += bytes;
      slotFilled += bytes;
      if (slotFilled < SLOT_BYTES) return !waiting;
      // There is always one free, for reading pauses when the last one is taken.
      endSlot(free.shift() as Buffer);
      waiting = free.length === 0;
      return !waiting;
    },
    async finish() {
      try {
        if (slotFilled > 0) endSlot(null);
        await writing;
        await Promise.all(digesting);
        await direct?.trim(to.position + to.length);
      } finally {
        await release();
      }
    },
    async abandon() {
      flush();
      await release();
    },
  };
}

interface DirectSink {
  /** Writes the first `length` bytes of the slot; beyond them up to a whole block of anything. */
  write(slot: Buffer, length: number, position: number): Promise<void>;
  /** Cuts off what the last block had too much. */
  trim(size: number): Promise<void>;
  close(): Promise<void>;
}

async function directSink(to: Destination, file: FileHandle): Promise<DirectSink> {
  let direct: FileHandle | null = await openDirect(to.path, file);
  let padded = false;
  return {
    async write(slot, length, position) {
      if (direct === null) return writeAt(file, to.path, slot.subarray(0, length), position);
      const blocks = Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES;
      try {
        const { bytesWritten } = await direct.write(slot, 0, blocks, position);
        padded ||= blocks > length;
        if (bytesWritten < blocks) {
          await writeAt(
            file,
            to.path,
            slot.subarray(bytesWritten, Math.max(bytesWritten, length)),
            position + bytesWritten,
          );
        }
      } catch (error) {
        if (!isErrno(error, 'EINVAL')) throw diskFailure(error, to.path);
        // Opened, but it cannot be done here after all.
        await direct.close();
        direct = null;
        await writeAt(file, to.path, slot.subarray(0, length), position);
      }
    },
    async trim(size) {
      try {
        if (padded) await file.truncate(size);
      } catch (error) {
        throw diskFailure(error, to.path);
      }
    },
    async close() {
      await direct?.close();
    },
  };
}

/** null where the system or the file system cannot. */
async function openDirect(path: string, file: FileHandle): Promise<FileHandle | null> {
  if (constants.O_DIRECT === undefined) return null;
  const flags = constants.O_WRONLY | constants.O_DIRECT | constants.O_NOFOLLOW;
  const handle = await open(path, flags).catch(() => null);
  if (handle === null) return null;
  const [own, other] = await Promise.all([file.stat(), handle.stat()]);
  if (own.ino === other.ino && own.dev === other.dev) return handle;
  await handle.close();
  return null;
}
