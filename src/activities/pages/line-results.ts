import type { FerryError } from '../../errors';
import { redact } from '../../secrets';
import type { JobLine, JobPage, LineResult, Receipt, TransferError } from '../../contract';
import { GIVEN_UP } from '../fruitless';

/** Characters of an error's message: a page of results has 64 kB. */
const LONGEST_MESSAGE = 500;

type PageIds = Pick<JobPage, 'jobId'>;

/** How a line ends that meets this error; null: it does not, the page is tried again. */
export function endOf({ row, details }: FerryError): 'failed' | 'parked' | null {
  if (details[GIVEN_UP] === true || row.does === 'park') return 'parked';
  return row.does === 'fail' ? 'failed' : null;
}

/** @param state `done`: this line sent the file; `skipped`: it had been sent before */
export function sentResult(line: JobLine, state: 'done' | 'skipped', receipt: Receipt): LineResult {
  const { conversationId, sequence, relativePath, fileType, sizeBytes, md5, sha256, fetchedTo, finishedAt } = receipt;
  const file = { relativePath, fileType, sizeBytes, md5, sha256, fetchedTo };
  return { ...idsOf(line), state, conversationId, sequence, ...file, error: null, finishedAt };
}

/** @param known what is known of the file */
export function brokenResult(
  page: PageIds,
  line: JobLine,
  state: 'failed' | 'parked',
  error: FerryError,
  known: Partial<Pick<LineResult, 'relativePath' | 'fileType' | 'md5' | 'sha256'>> = {},
): LineResult {
  return {
    ...idsOf(line),
    state,
    conversationId: null,
    sequence: null,
    relativePath: null,
    fileType: null,
    sizeBytes: line.sizeBytes,
    md5: null,
    sha256: null,
    ...known,
    fetchedTo: null,
    error: lineError(page, error),
    finishedAt: new Date().toISOString(),
  };
}

/** The error as data; what a person can do about it names the job. */
export function lineError({ jobId }: PageIds, error: FerryError): TransferError {
  const { code, details, row } = error;
  const remedy = details[GIVEN_UP] === true ? (row.afterGivingUp ?? error.remedy) : error.remedy;
  return {
    code,
    message: redact(error.message, [], LONGEST_MESSAGE),
    remedy: remedy.replaceAll('ferry retry ID', `ferry job retry ${jobId}`),
  };
}

function idsOf({ line, transferId, source }: JobLine): Pick<LineResult, 'line' | 'transferId' | 'source'> {
  return { line, transferId, source };
}
