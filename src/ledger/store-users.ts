import { openGeneration, type Generation } from './generations';
import { MappedMemory } from './mapped-memory';
import { giveBack } from './share';

/** An opening of the store, which the calls of one ledger share. */
interface Opening {
  readonly generation: Promise<Generation>;
  mapped: MappedMemory | null;
  users: number;
  /** True: no new call gets it, and it closes when its last user has ended. */
  isLeft: boolean;
}

/**
 * Opens the store at the first use and again after it was left. Closes it only while nothing uses it, because LMDB ends
 * the process at a write to a closed store.
 *
 * Between two uses, a store of which much lies in this process's memory is closed as well: only that gives the memory
 * back.
 */
export class StoreUsers {
  private readonly directory: string;
  private readonly mostMappedBytes: number;
  private current: Opening | null = null;
  private closing: Promise<void> = Promise.resolve();

  constructor(directory: string, mostMappedBytes: number) {
    this.directory = directory;
    this.mostMappedBytes = mostMappedBytes;
  }

  /** @param work `leave` ends the common use of this opening: the next call opens the store again */
  async use<T>(work: (generation: Generation, leave: () => void) => Promise<T> | T): Promise<T> {
    const opening = this.enter();
    try {
      return await work(await opening.generation, () => this.leave(opening));
    } finally {
      this.exit(opening);
    }
  }

  /** Closes the store. Call it when no use is under way. */
  async close(): Promise<void> {
    const { current } = this;
    if (current !== null) {
      this.leave(current);
      this.closeLeft(current);
    }
    await this.closing;
  }

  private enter(): Opening {
    this.current ??= this.open();
    this.current.users += 1;
    return this.current;
  }

  private open(): Opening {
    // A second opening would join the store that is being closed, and the memory would stay.
    const generation = this.closing.then(() => openGeneration(this.directory));
    const opening: Opening = { generation, mapped: null, users: 0, isLeft: false };
    generation.then(
      () => (opening.mapped = new MappedMemory(this.mostMappedBytes)),
      () => this.leave(opening),
    );
    return opening;
  }

  private leave(opening: Opening): void {
    opening.isLeft = true;
    if (this.current === opening) this.current = null;
  }

  private exit(opening: Opening): void {
    opening.users -= 1;
    if (opening.users > 0) return;
    if (opening.mapped?.hasGrown() === true) this.leave(opening);
    if (opening.isLeft) this.closeLeft(opening);
  }

  private closeLeft({ generation }: Opening): void {
    const { closing } = this;
    // A store that could not be opened is not closed.
    this.closing = generation
      .then(({ store }) => giveBack(store))
      .catch(() => undefined)
      .then(() => closing);
  }
}
