import type { FetchResult, Receipt } from '../contract';
import { enableSharing } from './steps/enable';
import { fetchFile, type FetchOrder } from './steps/fetch';
import { inspectSource } from './steps/inspect';
import { keepReceipt } from './steps/keep-receipt';
import { openConversation } from './steps/open';
import { publishFile } from './steps/publish';
import { uploadFile } from './steps/upload';
import { ownerOf, receiptOf, receiptWithFetch, type Published, type TransferRun } from './transfer-run';

/** Takes one file through its steps. All its state is in `run`, so that a workflow with many lanes can run it as well. */
export async function transferFile(run: TransferRun): Promise<Receipt> {
  const { input, steering } = run;
  await steering.runStep(() => inspectSource(run));
  const { alreadySent } = run.source.file;
  if (alreadySent !== undefined) return { ...alreadySent, repeated: true };
  await steering.runStep(() => enableSharing(run));
  const opened = await steering.runStep(() => openConversation(run));
  const upload = await steering.runStep(() => uploadFile(run));
  const published = await publishFile(run, opened, upload);
  if (input.fetchTo === null && !input.verify) {
    const receipt = receiptOf(published);
    // Normally the publish has kept it already.
    if (!published.message.receiptKept) await steering.runStep(() => keepReceipt(steering.activities(), receipt));
    return receipt;
  }
  const receipt = receiptWithFetch(run, published, await fetchBack(run, published));
  await steering.runStep(() => keepReceipt(steering.activities(), receipt));
  return receipt;
}

async function fetchBack(run: TransferRun, published: Published): Promise<FetchResult> {
  const { input, steering, fetchLosses } = run;
  const { file } = published.request;
  const { relativePath, sizeBytes, md5, urlRenewals } = receiptOf(published);
  const target = input.fetchTo === null ? null : `${input.fetchTo}/${file.name}`;
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
    return fetchFile(order, run, fetchLosses);
  });
  run.unfinishedTarget = null;
  return fetched;
}
