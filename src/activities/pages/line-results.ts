import type { FerryError } from '../../errors';
import { redact } from '../../secrets';
import { unsentLine, type JobLine, type JobPage, type LineResult, type TransferError } from '../../contract';
import { GIVEN_UP } from '../fruitless';

/** Characters of an error's message: a page of results has 64 kB. */
const LONGEST_MESSAGE = 500;

type PageIds = Pick<JobPage, 'jobId'>;

/** The result of a line after this error; null when the page is retried. */
export function endOf({ row, details }: FerryError): 'failed' | 'parked' | null {
  if (details[GIVEN_UP] === true || row.does === 'park') return 'parked';
  return row.does === 'fail' ? 'failed' : null;
}

/** @param known the known facts about the file */
export function brokenResult(
  page: PageIds,
  line: JobLine,
  state: 'failed' | 'parked',
  error: FerryError,
  known: Partial<Pick<LineResult, 'relativePath' | 'fileType' | 'md5' | 'sha256'>> = {},
): LineResult {
  return { ...unsentLine(line, state, lineError(page, error)), ...known };
}

/** The error as data, with a remedy that names the job. */
export function lineError({ jobId }: PageIds, error: FerryError): TransferError {
  const { code, details, row } = error;
  const remedy = details[GIVEN_UP] === true ? (row.afterGivingUp ?? error.remedy) : error.remedy;
  return {
    code,
    message: redact(error.message, [], LONGEST_MESSAGE),
    remedy: remedy.replaceAll('ferry retry ID', `ferry job retry ${jobId}`),
  };
}
