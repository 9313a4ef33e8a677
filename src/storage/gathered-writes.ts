import { diskFailure } from './disk-failures';
import { SMALL_BYTES } from './open-file';
import type { Destination } from './receive';

// One call for so many bytes: a call for each piece that comes off the connection costs a third more CPU.
const GATHERED_BYTES = 512 * 1024;
const LONGEST_MS = 400;

/**
 * Writes the pieces of a body in order, many at a time, while the next ones come. What came is in the file within a
 * second, however slowly it came.
 */
export class GatheredWrites {
  private readonly to: Destination;
  private readonly timer: NodeJS.Timeout | undefined;
  private pieces: Uint8Array[] = [];
  private gathered = 0;
  private position: number;
  private writing: Promise<void> = Promise.resolve();

  constructor(to: Destination) {
    this.to = to;
    this.position = to.position;
    if (to.length > SMALL_BYTES) this.timer = setInterval(() => this.begin(), LONGEST_MS);
  }

  /** Resolves when more may come. The piece must not change any more. */
  async add(piece: Uint8Array): Promise<void> {
    this.pieces.push(piece);
    this.gathered += piece.length;
    if (this.gathered < GATHERED_BYTES) return;
    const before = this.writing;
    this.begin();
    await before;
  }

  /** Writes what came so far. Resolves when it is written. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    this.begin();
    await this.writing;
  }

  private begin(): void {
    if (this.gathered === 0) return;
    const { pieces, gathered, position } = this;
    this.writing = this.writing.then(() => this.write(pieces, gathered, position));
    // It is awaited by the call after the next one.
    this.writing.catch(() => undefined);
    this.pieces = [];
    this.position += gathered;
    this.gathered = 0;
  }

  private async write(pieces: readonly Uint8Array[], bytes: number, position: number): Promise<void> {
    const { file, path, onWritten } = this.to;
    try {
      await file?.writeAll(pieces, position);
    } catch (error) {
      throw diskFailure(error, path);
    }
    onWritten(bytes);
  }
}
