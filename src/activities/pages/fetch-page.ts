import { basename } from 'node:path';
import { toFerryError } from '../../errors';
import { targetPathFor } from '../../files';
import type { FetchPageInput, FetchPageResult, FetchResult, LineResult, PageProgress, Receipt } from '../../contract';
import { knownMessage } from '../known-message';
import type { ActivityDeps } from '../deps';
import type { Attempt } from '../edge';
import { fetchObject, type FetchOrder } from '../fetch';
import { givingUp } from '../fruitless';
import { keepPublishedReceipts } from '../publish-receipt';
import { forLines } from './in-page';
import { LineAttempts } from './line-attempts';
import { endOf, lineError } from './line-results';

type FetchLine = FetchPageInput['lines'][number];

/** Fetches the files of published lines back, or compares their digests. */
export async function fetchPage(
  deps: ActivityDeps,
  { page, lines }: FetchPageInput,
  attempt: Attempt<PageProgress>,
): Promise<FetchPageResult> {
  const attempts = new LineAttempts(attempt);
  const settled = new Map<FetchLine, LineResult>();
  const fetched = new Map<FetchLine, FetchResult>();
  const move = givingUp((order: FetchOrder, of: ReturnType<LineAttempts['of']>) => fetchObject(deps, order, of));
  await forLines(lines, attempt, async (each, patience) => {
    const { line, result } = each;
    try {
      const done = await move(orderOf(page, each), attempts.of(line, patience, undefined));
      fetched.set(each, done);
      settled.set(each, { ...result, sha256: result.sha256 ?? done.sha256, fetchedTo: done.fetchedTo });
    } catch (thrown) {
      const error = toFerryError(thrown);
      if (attempt.signal.aborted || endOf(error) === null) throw error;
      settled.set(each, { ...result, error: lineError(page, error) });
    }
    attempts.done(line);
  });
  await keepGrown(deps, attempt.runId, fetched);
  return { settled: lines.map((each) => settled.get(each) ?? each.result) };
}

function orderOf({ account, consumer }: FetchPageInput['page'], { line, result }: FetchLine): FetchOrder {
  const { relativePath, sizeBytes, md5 } = result;
  return {
    account,
    consumer,
    transferId: line.transferId,
    relativePath: relativePath ?? '',
    link: null,
    target: line.fetchTo === null ? null : targetPathFor(line.fetchTo, basename(line.source)),
    expected: sizeBytes === null || md5 === null ? null : { sizeBytes, md5 },
  };
}

/** Adds the fetched paths to the receipts of the lines. */
async function keepGrown(
  deps: ActivityDeps,
  runId: string,
  fetched: ReadonlyMap<FetchLine, FetchResult>,
): Promise<void> {
  const lines = [...fetched];
  const entries = await deps.ledger.ofTransfers(lines.map(([{ line }]) => line.transferId));
  const inputs = lines.flatMap(([{ line, result }, done], index) => {
    const { [index]: ofLine } = entries;
    const { receipt } = ofLine === undefined ? { receipt: null } : knownMessage(ofLine, result.md5 ?? '');
    return receipt === null ? [] : [{ receipt: grown(receipt, done), runId, sendKey: line.sendKey }];
  });
  if (inputs.length > 0) await keepPublishedReceipts(deps, ...inputs);
}

function grown(receipt: Receipt, { sha256, fetchedTo, urlRenewals, bytesFetched }: FetchResult): Receipt {
  return {
    ...receipt,
    sha256: receipt.sha256 ?? sha256,
    fetchedTo,
    urlRenewals: receipt.urlRenewals + urlRenewals,
    bytesFetched,
    finishedAt: new Date().toISOString(),
  };
}
