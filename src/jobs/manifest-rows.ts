import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { FerryError } from '../errors';
import { byteLines } from './byte-lines';
import { jobFilesFailure } from './failures';
import { checkOwn, MANIFEST_FILE } from './job-directory';
import type { ManifestHeader, ManifestRow } from './types';

export interface PlacedRow {
  readonly row: ManifestRow;
  readonly offset: number;
}

/** A job's manifest on its home host. */
export interface StoredManifest {
  readonly header: ManifestHeader;
  /** The rows from an offset on; 0 is the first row. */
  readonly rows: (from: number) => AsyncGenerator<PlacedRow>;
  /** The estimated number of rows from an offset on, by the mean length of a row. */
  readonly linesFrom: (offset: number) => number;
  readonly close: () => Promise<void>;
}

/**
 * Opens the manifest; the caller closes it.
 *
 * @param directory `STATE/jobs/JOB`
 * @throws {FerryError} JOB_FILES_UNUSABLE when this host has none, or it is damaged; CONFIG_NOT_TRUSTED when others may have
 *   written it
 */
export async function openManifest(directory: string): Promise<StoredManifest> {
  const path = join(directory, MANIFEST_FILE);
  checkOwn(path, 'file');
  const file = await opened(path);
  try {
    const first = await byteLines(file).next();
    if (first.done === true) throw damaged(path);
    const { bytes, next } = first.value;
    const header = parse(bytes, path) as ManifestHeader;
    const { size } = await file.stat();
    return {
      header,
      rows: (from) => rowsFrom(file, Math.max(from, next), path),
      linesFrom: (offset) => Math.round((header.lines * (size - offset)) / Math.max(1, size - next)),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Opens the manifest, calls `use`, and closes the manifest. Errors as {@link openManifest}. */
export async function withManifest<T>(directory: string, use: (manifest: StoredManifest) => Promise<T>): Promise<T> {
  const manifest = await openManifest(directory);
  try {
    return await use(manifest);
  } finally {
    await manifest.close();
  }
}

/** The stored settings of a job. Errors as {@link openManifest}. */
export function readHeader(directory: string): Promise<ManifestHeader> {
  return withManifest(directory, async ({ header }) => header);
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (error) {
    throw jobFilesFailure(error, path);
  }
}

async function* rowsFrom(file: FileHandle, from: number, path: string): AsyncGenerator<PlacedRow> {
  for await (const { bytes, offset } of byteLines(file, from)) {
    yield { row: parse(bytes, path) as ManifestRow, offset };
  }
}

function parse(bytes: Buffer, path: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw damaged(path);
  }
}

function damaged(path: string): FerryError {
  return new FerryError('JOB_FILES_UNUSABLE', `${path} has a row that cannot be read.`);
}
