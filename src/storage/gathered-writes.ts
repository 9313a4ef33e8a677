import { diskFailure } from './disk-failures';
import { SMALL_BYTES } from './open-file';
import type { Destination } from './receive';

// Bytes for one call: a call for each piece of the connection costs a third more CPU.
const GATHERED_BYTES = 512 * 1024;
const LONGEST_MS = 400;

/**
 * Writes the pieces of a body in order, many pieces in one call, while the next pieces arrive. Each piece is in the
 * file within a second, also on a slow line.
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

  /** Resolves when the next piece may be added. The piece must not change afterwards. */
  async add(piece: Uint8Array): Promise<void> {
    this.pieces.push(piece);
    this.gathered += piece.length;
    if (this.gathered < GATHERED_BYTES) return;
    const before = this.writing;
    this.begin();
    await before;
  }

  /** Writes all pieces so far. Resolves when they are written. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    this.begin();
    await this.writing;
  }

  private begin(): void {
    if (this.gathered === 0) return;
    const { pieces, gathered, position } = this;
    this.writing = this.writing.then(() => this.write(pieces, gathered, position));
    // The call after the next call awaits it.
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
