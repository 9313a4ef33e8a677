/** The bytes of objects: one file for each PUT, written to the side, flushed, then renamed into place. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { syncDirectory } from '../files';
import { sharedRun } from '../shared-run';

/** Written in pieces of this size: large enough that the number of calls no longer counts. */
const BATCH_BYTES = 1 << 20;

export class DataFiles {
  private readonly directory: string;
  private readonly aside: string;
  private readonly syncPlace: () => Promise<void>;

  private constructor(stateDir: string) {
    this.directory = join(stateDir, 'objects');
    this.aside = join(stateDir, 'incoming');
    this.syncPlace = sharedRun(() => syncDirectory(this.directory));
  }

  /** What was still coming in at a crash was never acknowledged and goes. */
  static async open(stateDir: string): Promise<DataFiles> {
    const files = new DataFiles(stateDir);
    await rm(files.aside, { recursive: true, force: true });
    await mkdir(files.aside, { recursive: true });
    await mkdir(files.directory, { recursive: true });
    await syncDirectory(stateDir);
    return files;
  }

  async create(): Promise<DataWriter> {
    const name = randomUUID();
    const aside = join(this.aside, name);
    const handle = await open(aside, 'wx', 0o600);
    const place = async (): Promise<void> => {
      await rename(aside, join(this.directory, name));
      await this.syncPlace();
    };
    return new DataWriter(name, handle, place, () => rm(aside, { force: true }));
  }

  async read(name: string): Promise<FileHandle> {
    return open(join(this.directory, name), 'r');
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.directory, name), { force: true });
  }

  async removeExcept(named: ReadonlySet<string | undefined>): Promise<void> {
    for (const name of await readdir(this.directory)) {
      if (!named.has(name)) await this.remove(name);
    }
  }
}

/** Takes the bytes of one PUT. While one batch is being written the next one fills; memory stays at two batches. */
export class DataWriter {
  readonly name: string;
  private readonly handle: FileHandle;
  private readonly place: () => Promise<void>;
  private readonly discardFile: () => Promise<void>;
  private batch: Buffer[] = [];
  private batchBytes = 0;
  private writing: Promise<void> = Promise.resolve();

  constructor(name: string, handle: FileHandle, place: () => Promise<void>, discardFile: () => Promise<void>) {
    this.name = name;
    this.handle = handle;
    this.place = place;
    this.discardFile = discardFile;
  }

  /** Resolves when more may come. */
  async write(chunk: Buffer): Promise<void> {
    this.batch.push(chunk);
    this.batchBytes += chunk.length;
    if (this.batchBytes < BATCH_BYTES) return;
    await this.writing;
    this.startBatch();
  }

  /** Resolves when the bytes are on disk under their final name. */
  async finish(): Promise<void> {
    await this.writing;
    this.startBatch();
    await this.writing;
    await this.handle.datasync();
    await this.handle.close();
    await this.place();
  }

  async discard(): Promise<void> {
    await this.writing.catch(() => undefined);
    await this.handle.close().catch(() => undefined);
    await this.discardFile();
  }

  private startBatch(): void {
    const { batch } = this;
    this.batch = [];
    this.batchBytes = 0;
    if (batch.length === 0) return;
    this.writing = writeAll(this.handle, batch);
    // The next caller that awaits it gets the failure; until then it must not count as unhandled.
    this.writing.catch(() => undefined);
  }
}

/** One writev may take less than it was given when a disk fills up; the rest then says why. */
async function writeAll(handle: FileHandle, batch: Buffer[]): Promise<void> {
  const wanted = batch.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await handle.writev(batch);
  if (bytesWritten < wanted) await handle.appendFile(Buffer.concat(batch).subarray(bytesWritten));
}
