import type { FetchResult, Receipt } from '../contract';
import { enableSharing } from './steps/enable';
import { fetchFile, type FetchOrder } from './steps/fetch';
import { inspectSource } from './steps/inspect';
import { keepReceipt } from './steps/keep-receipt';
import { openConversation } from './steps/open';
import { publishFile } from './steps/publish';
import { uploadFile } from './steps/upload';
import { ownerOf, receiptOf, receiptWithFetch, type TransferRun } from './transfer-run';

/**
 * Takes one file through its steps. All its state is in `run`, so that a workflow with many lanes can run it as well.
 */
export async function transferFile(run: TransferRun): Promise<Receipt> {
  const { steering } = run;
  await steering.runStep(() => inspectSource(run));
  const { alreadySent } = run.source.file;
  if (alreadySent !== undefined) return { ...(await fetchedToo(run, alreadySent)), repeated: true };
  await steering.runStep(() => enableSharing(run));
  const opened = await steering.runStep(() => openConversation(run));
  const upload = await steering.runStep(() => uploadFile(run));
  const published = await publishFile(run, opened, upload);
  const receipt = receiptOf(published);
  const whole = await fetchedToo(run, receipt);
  // Normally the publish has kept it already.
  if (whole === receipt && !published.message.receiptKept) await keep(run, receipt);
  return whole;
}

/** The receipt. After a fetch back, it has the fetched path and was stored again. */
async function fetchedToo(run: TransferRun, receipt: Receipt): Promise<Receipt> {
  const target = targetOf(run);
  const isWanted = target === null ? run.input.verify && receipt.bytesFetched === 0 : receipt.fetchedTo !== target;
  if (!isWanted) return receipt;
  const grown = receiptWithFetch(run, receipt, await fetchBack(run, receipt, target));
  await keep(run, grown);
  return grown;
}

function keep({ input, steering }: TransferRun, receipt: Receipt): Promise<void> {
  return steering.runStep(() => keepReceipt(steering.activities(), receipt, input.sendKey ?? null));
}

function targetOf({ input, source }: TransferRun): string | null {
  return input.fetchTo === null ? null : `${input.fetchTo}/${source.file.name}`;
}

async function fetchBack(run: TransferRun, receipt: Receipt, target: string | null): Promise<FetchResult> {
  const { input, source, steering, failedFetches } = run;
  const { file } = source;
  const { relativePath, sizeBytes, md5, urlRenewals } = receipt;
  const order: FetchOrder = {
    ...ownerOf(input),
    relativePath,
    target,
    expected: { sizeBytes, md5 },
    summary: `fetch ${file.name} back`,
    renewedBefore: urlRenewals,
  };
  const fetched = await steering.runStep(() => {
    run.unfinishedTarget = target;
    return fetchFile(order, run, failedFetches);
  });
  run.unfinishedTarget = null;
  return fetched;
}
