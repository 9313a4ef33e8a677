import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LineResult, LineState } from '../../src/contract';
import type { ErrorCode } from '../../src/errors';

export async function scratchDirectory(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'ferry-job-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** What became of a line; failed and parked ones have the error `code`. */
export function resultOf(line: number, state: LineState = 'done', code: ErrorCode = 'TOO_LARGE'): LineResult {
  const isSent = state === 'done';
  return {
    line,
    state,
    transferId: `acme-file-${line}`,
    source: `/data/${line}.jpg`,
    conversationId: isSent ? 'c1' : null,
    sequence: isSent ? line : null,
    relativePath: isSent ? `/v1/AUTH_a/c/${line}.JPG` : null,
    fileType: 'JPG',
    sizeBytes: 100,
    md5: isSent ? 'm' : null,
    sha256: null,
    fetchedTo: null,
    error: state === 'failed' || state === 'parked' ? { code, message: `line ${line}`, remedy: 'mend' } : null,
    finishedAt: '2026-01-02T03:04:05.000Z',
  };
}
