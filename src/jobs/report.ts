import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { FerryError, lineRemedy } from '../errors';
import { hasSystemCode } from '../lib/system-code';
import { byteLines } from './byte-lines';
import { jobFilesFailure } from './failures';
import { checkOwn, JOURNAL_FILE } from './job-directory';
import { openManifest } from './manifest-rows';
import { REPORT_COLUMNS, type JournalRow, type ManifestRow, type ReportLine, type ReportState } from './types';

export interface ReportOptions {
  /** @default all */
  readonly states?: readonly ReportState[];
  /** The number of a line. @default all */
  readonly line?: number;
}

/**
 * All lines of a job in the order in which they are sent, each with its last result. A line without a result is
 * waiting.
 *
 * @param directory `STATE/jobs/JOB`
 * @throws {FerryError} JOB_FILES_UNUSABLE, CONFIG_NOT_TRUSTED
 */
export async function* reportLines(
  directory: string,
  { states, line: only }: ReportOptions = {},
): AsyncGenerator<ReportLine> {
  const manifest = await openManifest(directory);
  try {
    const journal = await openJournal(join(directory, JOURNAL_FILE));
    try {
      for await (const { row } of manifest.rows(0)) {
        if (only !== undefined && row.line !== only) continue;
        const result = await journal?.resultOf(row.line);
        const line = result === undefined ? waiting(row) : settled(result);
        if (states?.includes(line.state) !== false) yield line;
      }
    } finally {
      await journal?.close();
    }
  } finally {
    await manifest.close();
  }
}

interface JournalView {
  resultOf(line: number): Promise<JournalRow | undefined>;
  close(): Promise<void>;
}

/**
 * The offsets of the last results in the journal, because 100,000 results in memory would take 100 MB. Null without a
 * journal.
 */
async function openJournal(path: string): Promise<JournalView | null> {
  checkOwn(path, 'file');
  const file = await opened(path);
  if (file === null) return null;
  try {
    const places = await placesIn(file, path);
    return {
      async resultOf(line) {
        const place = places.get(line);
        if (place === undefined) return undefined;
        const bytes = Buffer.allocUnsafe(place.length);
        const { bytesRead } = await file.read(bytes, 0, place.length, place.offset);
        return parse(bytes.subarray(0, bytesRead), path);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function opened(path: string): Promise<FileHandle | null> {
  try {
    return await open(path);
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return null;
    throw jobFilesFailure(error, path);
  }
}

interface Place {
  readonly offset: number;
  readonly length: number;
}

/**
 * The rows of a journal. The clerk may be appending, so text after the last line feed is an incomplete row and is
 * ignored.
 */
async function placesIn(file: FileHandle, path: string): Promise<ReadonlyMap<number, Place>> {
  const places = new Map<number, Place>();
  for await (const { bytes, offset, isWhole } of byteLines(file)) {
    if (isWhole) places.set(parse(bytes, path).line, { offset, length: bytes.length });
  }
  return places;
}

function parse(bytes: Buffer, path: string): JournalRow {
  try {
    return JSON.parse(bytes.toString('utf8')) as JournalRow;
  } catch (cause) {
    throw new FerryError('JOB_FILES_UNUSABLE', `${path} has a row that cannot be read.`, { cause });
  }
}

function settled({ error, pass: _pass, page: _page, ...result }: JournalRow): ReportLine {
  if (error === null) return inOrder({ ...result, code: null, message: null, remedy: null });
  const { code, message, remedy } = error;
  return inOrder({ ...result, code, message, remedy: lineRemedy({ ...result, code }) ?? remedy });
}

function waiting({ line, source, transferId, sizeBytes }: ManifestRow): ReportLine {
  const none = { conversationId: null, sequence: null, relativePath: null, fileType: null, md5: null, sha256: null };
  const end = { fetchedTo: null, code: null, message: null, finishedAt: null, remedy: null };
  return inOrder({ line, source, state: 'waiting', transferId, sizeBytes, ...none, ...end });
}

/** Creates the fields in a fixed order, so that JSON and CSV have the same columns. */
function inOrder(line: ReportLine): ReportLine {
  return Object.fromEntries(REPORT_COLUMNS.map((column) => [column, line[column]])) as unknown as ReportLine;
}
