import { ERROR_TABLE, type ErrorCode } from './table';

/** The error of a line that failed, and whether the line was refused before the job began. */
export interface FailedLine {
  readonly state: string;
  readonly code: ErrorCode;
  readonly refused?: true;
}

/** What helps a failed line of a job that `ferry job retry` cannot help. Null when a retry may succeed. */
export function lineRemedy({ state, code, refused }: FailedLine): string | null {
  if (state !== 'failed') return null;
  const { lineRemedy: remedy } = ERROR_TABLE[code];
  if (remedy !== undefined) return remedy;
  return refused === true
    ? 'Do what the report says, and start the job again: it was started without this line.'
    : null;
}
