/**
 * What a job keeps on its home host, under `STATE/jobs/JOB/`:
 *
 * - `manifest.jsonl`: a {@link ManifestHeader}, then one {@link ManifestRow} a line, in the order in which they are sent.
 *   Written once, atomically, before the workflow starts; never changed.
 * - `journal.jsonl`: one {@link JournalRow} a settled line and pass. Appended by the clerk alone; a torn tail is cut.
 * - `lock`: held by the clerk's attempt while it writes.
 */
import type { JobInput, JobLine, JobPage, LineResult, ManifestPosition, PageResult, TransferError } from '../contract';

export interface ManifestHeader extends JobInput {
  readonly type: 'job-manifest';
  readonly v: 1;
  /** Where the manifest or the directory lay; for people. */
  readonly origin: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

export interface ManifestRow extends JobLine {
  readonly account: string;
  readonly consumer: string;
  readonly conversationId: string | null;
  /** Set with `--skip-bad`: the line is recorded as failed with this error and is never sent. */
  readonly bad?: TransferError;
}

export interface JournalRow extends LineResult {
  readonly pass: number;
  readonly page: number;
}

/** Where to cut the next pages out of the manifest of a job. */
export interface Cut {
  /** `STATE/jobs/JOB` */
  readonly directory: string;
  readonly pass: number;
  readonly from: ManifestPosition;
  readonly wanted: number;
  /** Whether the pass runs this line. */
  readonly isWanted: (line: number) => boolean;
}

export interface CutPages {
  /** A file above the size of a page is alone on its page. */
  readonly pages: readonly JobPage[];
  /** Null: no line follows that the pass runs. */
  readonly next: ManifestPosition | null;
  /** Lines that were passed over because the manifest calls them bad. */
  readonly bad: readonly PageResult[];
}
