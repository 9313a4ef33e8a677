/**
 * Memory that a download reads into: shared, so that a thread can digest it without a copy, and page-aligned, so that
 * the kernel can write from it directly. Both is true of a shared WebAssembly memory.
 */
export interface SlotMemory {
  /** The slots, each of {@link SLOT_BYTES}. */
  readonly slots: readonly Buffer[];
  /** Lets another download have it. Nothing may read or write it any more. */
  release(): void;
}

// Larger ones take less work, smaller ones lose less when the process is killed: what is in them is fetched again.
export const SLOT_BYTES = 512 * 1024;
const SLOTS = 16;
const WASM_PAGE_BYTES = 64 * 1024;

// A memory that is dropped is given back late; as many as usually work at once are kept.
const MOST_KEPT = 4;
const kept: SharedArrayBuffer[] = [];

export function takeSlotMemory(): SlotMemory {
  const memory = kept.pop() ?? newMemory();
  return {
    slots: Array.from({ length: SLOTS }, (_, index) => Buffer.from(memory, index * SLOT_BYTES, SLOT_BYTES)),
    release() {
      if (kept.length < MOST_KEPT) kept.push(memory);
    },
  };
}

// Not among the types of Node that we compile with.
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => {
    readonly buffer: SharedArrayBuffer;
  };
};

function newMemory(): SharedArrayBuffer {
  const pages = (SLOTS * SLOT_BYTES) / WASM_PAGE_BYTES;
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer;
}
