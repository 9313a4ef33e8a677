/**
 * Which objects there are. The journal is the truth: an object exists once its entry is on disk; data files without
 * an entry are left-overs of a crash and are removed at start.
 *
 * Order is by when the request began, not ended, as in Swift: a PUT that began before the entry in force leaves no
 * trace, though it is answered 201. A deletion stays as an entry of its own (a tombstone) for the same reason.
 */
import type { DataFiles } from './data-files';
import type { Journal } from '../types';

/** Ticks of 10 microseconds since 1970: what Swift's X-Timestamp counts. */
export type Ticks = number;

export interface StoredObject {
  /** `/v1/account/container/object`, decoded. */
  readonly path: string;
  /** Name of its data file. */
  readonly file: string;
  readonly sizeBytes: number;
  readonly md5: string;
  /** When the PUT began, or the last POST. */
  readonly at: Ticks;
  /** Content-Type and what else GET and HEAD repeat, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Unix seconds from which on it is gone. */
  readonly deleteAt?: number;
}

interface Tombstone {
  readonly path: string;
  readonly at: Ticks;
  readonly file?: undefined;
}

/** Other metadata for the bytes of one data file; void when another version has taken the place. */
interface Amendment {
  readonly path: string;
  readonly at: Ticks;
  readonly amends: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly deleteAt?: number;
}

type Entry = StoredObject | Tombstone;
type Change = Entry | Amendment;

export class Catalogue {
  private readonly entries = new Map<string, Entry>();
  private lastTicks: Ticks = 0;
  private journal: Journal | null = null;
  private readonly files: DataFiles;

  constructor(files: DataFiles) {
    this.files = files;
  }

  /** Takes an entry of the journal; foreign ones are ignored. */
  replay(entry: unknown): void {
    if (typeof entry !== 'object' || entry === null || !('storage' in entry)) return;
    const { storage } = entry as { storage: Change };
    this.lastTicks = Math.max(this.lastTicks, storage.at);
    this.apply(storage);
  }

  /** From here on changes are kept in `journal`. Removes data files that no entry names. */
  async start(journal: Journal): Promise<void> {
    this.journal = journal;
    const named = new Set([...this.entries.values()].map((entry) => entry.file));
    await this.files.removeExcept(named);
  }

  /** When a request began: unique and rising, also over a restart. */
  begin(): Ticks {
    this.lastTicks = Math.max(this.lastTicks + 1, Date.now() * 100);
    return this.lastTicks;
  }

  find(path: string): StoredObject | null {
    const entry = this.entries.get(path);
    if (entry?.file === undefined) return null;
    return entry.deleteAt !== undefined && entry.deleteAt * 1000 <= Date.now() ? null : entry;
  }

  list(): StoredObject[] {
    return [...this.entries.values()].map((entry) => this.find(entry.path)).filter((object) => object !== null);
  }

  /** The object's data file is in place already. Resolves when it is durable; an overtaken one is thrown away. */
  async put(object: StoredObject): Promise<void> {
    if (this.isOvertaken(object)) await this.files.remove(object.file);
    else await this.record(object);
  }

  /** Replaces the metadata, not the bytes. */
  async amend(object: StoredObject, metadata: Pick<Amendment, 'at' | 'headers' | 'deleteAt'>): Promise<void> {
    await this.record({ path: object.path, amends: object.file, ...metadata });
  }

  /** @returns whether there was an object */
  async delete(path: string, at: Ticks): Promise<boolean> {
    const existed = this.find(path) !== null;
    if (existed) await this.record({ path, at });
    // Not worth a line in the journal, but a PUT under way must meet it.
    else this.apply({ path, at });
    return existed;
  }

  private async record(entry: Change): Promise<void> {
    if (this.journal === null) throw new Error('The catalogue has not been started.');
    await this.journal.append({ storage: entry });
    const left = this.apply(entry);
    // Readers that have it open go on reading their version.
    if (left !== undefined) await this.files.remove(left);
  }

  /** @returns the data file that is needed no more */
  private apply(entry: Change): string | undefined {
    const current = this.entries.get(entry.path);
    if ('amends' in entry) {
      if (current?.file === entry.amends) this.entries.set(entry.path, amended(current, entry));
      return undefined;
    }
    const winner = this.isOvertaken(entry) ? current : entry;
    const loser = winner === entry ? current : entry;
    if (winner === entry) this.entries.set(entry.path, entry);
    return loser?.file === winner?.file ? undefined : loser?.file;
  }

  private isOvertaken(entry: Entry): boolean {
    const current = this.entries.get(entry.path);
    return current !== undefined && current.at > entry.at;
  }
}

function amended(object: StoredObject, { at, headers, deleteAt }: Amendment): StoredObject {
  const { path, file, sizeBytes, md5 } = object;
  return { path, file, sizeBytes, md5, at, headers, ...(deleteAt !== undefined && { deleteAt }) };
}
