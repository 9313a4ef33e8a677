import type { TransferError } from '../contract';
import { lineIdOf } from '../contract/transfer-id';
import type { UnnamedRow } from './check-line';
import type { ManifestRow } from './types';

const BLOCK_BYTES = 1024 * 1024;

/**
 * Stores rows as bytes outside the heap. 100,000 rows take about 40 MB; as objects they would take three times as much.
 * The ids of transfers begin with the id of the job, so they are added when the rows are read.
 */
export interface RowStore {
  add(row: UnnamedRow, bad: TransferError | null): void;
  readonly count: number;
  sizeBytes(index: number): number;
  /** The row as JSON. */
  text(index: number, jobId: string): string;
  row(index: number, jobId: string): ManifestRow;
}

export function createRowStore(): RowStore {
  const blocks: Buffer[] = [];
  let block = Buffer.alloc(0);
  let used = 0;
  let count = 0;
  // The facts of each row: line, size of the file, block, and the start and end in the block.
  const facts = {
    line: [] as number[],
    size: [] as number[],
    block: [] as number[],
    start: [] as number[],
    end: [] as number[],
  };

  const store: RowStore = {
    add({ line, ...rest }, bad) {
      const text = JSON.stringify(bad === null ? rest : { ...rest, bad }).slice(1);
      const length = Buffer.byteLength(text);
      if (used + length > block.length) {
        block = Buffer.allocUnsafe(Math.max(BLOCK_BYTES, length));
        blocks.push(block);
        used = 0;
      }
      facts.line.push(line);
      facts.size.push(rest.sizeBytes);
      facts.block.push(blocks.length - 1);
      facts.start.push(used);
      used += block.write(text, used);
      facts.end.push(used);
      count += 1;
    },
    get count() {
      return count;
    },
    sizeBytes: (index) => facts.size[index] ?? 0,
    text(index, jobId) {
      const rest = blocks[facts.block[index] ?? 0]?.toString('utf8', facts.start[index], facts.end[index]) ?? '';
      const line = facts.line[index] ?? 0;
      return `{"line":${line},"transferId":${JSON.stringify(lineIdOf(jobId, line))},${rest}`;
    },
    row: (index, jobId) => JSON.parse(store.text(index, jobId)) as ManifestRow,
  };
  return store;
}
