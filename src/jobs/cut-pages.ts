import { PAGE_LIMITS, type JobLine, type JobPage, type LineResult } from '../contract';
import { withManifest } from './manifest-rows';
import { mostLinesOf } from './page-sizes';
import type { Cut, CutPages, ManifestHeader, ManifestRow } from './types';

/**
 * The next pages of a job: each has consecutive rows of one account, consumer and conversation, within
 * {@link PAGE_LIMITS} and {@link mostLinesOf}. A row above the limit of bytes is a page of its own. Reads as much of the
 * manifest as the pages need.
 *
 * @throws {FerryError} JOB_FILES_UNUSABLE when this host has no manifest of the job, or it is damaged
 */
export function cutPages({ directory, pass, from, wanted, isWanted }: Cut): Promise<CutPages> {
  return withManifest(directory, async ({ header, rows, linesFrom }) => {
    const pages: JobPage[] = [];
    const refused = new Map<string, LineResult[]>();
    const bad = () => Array.from(refused, ([account, results]) => ({ account, pass, page: from.page, results }));
    let open: OpenPage | null = null;
    const close = (): void => {
      if (open !== null) pages.push(pageOf(header, pass, from.page + pages.length, open));
      open = null;
    };
    for await (const { row, offset } of rows(from.offset)) {
      const isRun = isWanted(row.line);
      if (isRun && row.bad === undefined && open !== null && !fits(open, row)) close();
      if (open === null && pages.length >= wanted) {
        return { pages, bad: bad(), next: { offset, page: from.page + pages.length } };
      }
      if (!isRun) continue;
      if (row.bad === undefined) {
        const place = { page: from.page + pages.length, lanes: header.lanes, linesLeft: linesFrom(offset) };
        open = grown(open ?? { first: row, most: mostLinesOf(place), lines: [], bytes: 0, jsonBytes: 0 }, row);
      } else {
        const results = refused.get(row.account);
        if (results === undefined) refused.set(row.account, [refusedLine(row, row.bad)]);
        else results.push(refusedLine(row, row.bad));
      }
    }
    close();
    return { pages, bad: bad(), next: null };
  });
}

interface OpenPage {
  readonly first: ManifestRow;
  readonly most: number;
  readonly lines: JobLine[];
  bytes: number;
  jsonBytes: number;
}

function fits({ first, most, lines, bytes, jsonBytes }: OpenPage, row: ManifestRow): boolean {
  return (
    row.account === first.account &&
    row.consumer === first.consumer &&
    row.conversationId === first.conversationId &&
    lines.length < most &&
    bytes + row.sizeBytes <= PAGE_LIMITS.bytes &&
    jsonBytes + jsonBytesOf(row) <= PAGE_LIMITS.jsonBytes
  );
}

function grown(page: OpenPage, row: ManifestRow): OpenPage {
  page.lines.push(lineOf(row));
  page.bytes += row.sizeBytes;
  page.jsonBytes += jsonBytesOf(row);
  return page;
}

function lineOf(row: ManifestRow): JobLine {
  const { account: _account, consumer: _consumer, conversationId: _conversationId, bad: _bad, ...line } = row;
  return line;
}

function jsonBytesOf(row: ManifestRow): number {
  return Buffer.byteLength(JSON.stringify(lineOf(row))) + 1;
}

function pageOf(header: ManifestHeader, pass: number, page: number, { first, lines }: OpenPage): JobPage {
  const { account, consumer, conversationId } = first;
  const { jobId, verify } = header;
  return { jobId, pass, page, account, consumer, conversationId, verify, lines };
}

function refusedLine({ line, transferId, source, sizeBytes }: ManifestRow, error: LineResult['error']): LineResult {
  return {
    line,
    state: 'failed',
    transferId,
    source,
    conversationId: null,
    sequence: null,
    relativePath: null,
    fileType: null,
    sizeBytes,
    md5: null,
    sha256: null,
    fetchedTo: null,
    error,
    refused: true,
    finishedAt: new Date().toISOString(),
  };
}
