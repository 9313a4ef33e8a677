import { constants, type BigIntStats } from 'node:fs';
import { failureAnywhere, FerryError } from '../errors';
import { systemCode } from '../lib/system-code';
import { isSameVersion } from '../lib/same-file';
import { createDigester, digestAll, type Digests } from './digests';
import { OpenFile } from './open-file';
import type { UploadSource } from './types';

/** The opened source. The descriptor pins the file, so that nobody can replace it while it is read. */
export interface SourceFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly stats: BigIntStats;
  /** Fills the buffer from `position`; fewer bytes only at the end of the file. */
  fill(buffer: Uint8Array, position: number): Promise<number>;
  /**
   * Call it when the whole file was read. The change time detects a rewritten file that was given its old time (`cp
   * -p`); new permissions change that time as well, so the file is read again then.
   *
   * @param digested the digests of the bytes that were read; null: the caller compares them
   * @throws {FerryError} SOURCE_CHANGED when the file is no longer what it was when opened
   */
  assertUnchanged(digested: () => Digests | null): Promise<void>;
  close(): void;
}

/**
 * Opens the source and compares it with the facts of its inspection.
 *
 * @throws {FerryError} SOURCE_MISSING, SOURCE_UNREADABLE, SOURCE_CHANGED
 */
export function openSource(source: UploadSource): SourceFile {
  // O_NONBLOCK: opening a pipe that took the file's place must not wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = opened(source.path, flags);
  try {
    const stats = file.stat();
    if (!isInspected(stats, source)) throw changed(source.path);
    return sourceFile(file, source.path, stats);
  } catch (error) {
    file.close();
    throw readFailure(error, source.path);
  }
}

function opened(path: string, flags: number): OpenFile {
  try {
    return OpenFile.open(path, flags);
  } catch (error) {
    throw openFailure(error, path);
  }
}

function sourceFile(file: OpenFile, path: string, stats: BigIntStats): SourceFile {
  const sizeBytes = Number(stats.size);
  const fill: SourceFile['fill'] = async (buffer, position) => {
    let filled = 0;
    while (filled < buffer.length) {
      const bytes = await file.read(buffer.subarray(filled), position + filled).catch((error: unknown) => {
        throw readFailure(error, path);
      });
      if (bytes === 0) break;
      filled += bytes;
    }
    return filled;
  };
  return {
    path,
    stats,
    sizeBytes,
    fill,
    async assertUnchanged(digested) {
      const now = file.stat();
      const looksSame = now.size === stats.size && now.mtimeNs === stats.mtimeNs && now.ino === stats.ino;
      if (!looksSame) throw changed(path);
      const read = now.ctimeNs === stats.ctimeNs ? null : digested();
      if (read === null) return;
      const digester = createDigester();
      await digestAll(fill, sizeBytes, digester, undefined);
      if (digester.finish().md5 !== read.md5) throw changed(path);
    },
    close: () => file.close(),
  };
}

function isInspected(stats: BigIntStats, source: UploadSource): boolean {
  const [size, ino, mtimeMs] = [Number(stats.size), Number(stats.ino), Number(stats.mtimeNs) / 1e6];
  return stats.isFile() && isSameVersion(source, { size, ino, mtimeMs });
}

export function changed(path: string): FerryError {
  return new FerryError('SOURCE_CHANGED', `${path} changed after its transfer began.`);
}

function openFailure(error: unknown, path: string): FerryError {
  const code = systemCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new FerryError('SOURCE_MISSING', `There is no file ${path} any more.`, { cause: error });
  }
  // ELOOP: a symbolic link has replaced the file; ENXIO, EISDIR: something else has.
  if (code === 'ELOOP' || code === 'ENXIO' || code === 'EISDIR') return changed(path);
  return readFailure(error, path);
}

function readFailure(error: unknown, path: string): FerryError {
  const known = failureAnywhere(error);
  if (known !== null) return known;
  const message = `${path} cannot be read (${systemCode(error) ?? 'unknown reason'}).`;
  return new FerryError('SOURCE_UNREADABLE', message, { cause: error });
}
