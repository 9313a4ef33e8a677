import type { FetchResult } from '../contract';
import { fetchFile, type FetchOrder } from './steps/fetch';
import { inspectSource } from './steps/inspect';
import { enableSharing } from './steps/enable';
import { openConversation } from './steps/open';
import { publishFile } from './steps/publish';
import { uploadFile } from './steps/upload';
import { ownerOf, type TransferRun } from './transfer-run';
import type { UploadResult } from '../contract';

/**
 * Takes one file through its steps. All its state is in `run`, so that a workflow with many lanes can run it as well.
 *
 * @returns what was fetched back; null when nothing was asked for
 */
export async function transferFile(run: TransferRun): Promise<FetchResult | null> {
  const { input, steering } = run;
  await steering.runStep(() => inspectSource(run));
  await steering.runStep(() => enableSharing(run));
  const opened = await steering.runStep(() => openConversation(run, []));
  const upload = await steering.runStep(() => uploadFile(run));
  await publishFile(run, opened, upload);
  return input.fetchTo === null && !input.verify ? null : await fetchBack(run, upload);
}

async function fetchBack(run: TransferRun, { relativePath, md5, urlRenewals }: UploadResult): Promise<FetchResult> {
  const { input, source, steering, uploadLosses, fetchLosses } = run;
  const { file } = source;
  const target = input.fetchTo === null ? null : `${input.fetchTo}/${file.name}`;
  const order: FetchOrder = {
    ...ownerOf(input),
    relativePath,
    target,
    expected: { sizeBytes: file.sizeBytes, md5 },
    summary: `fetch ${file.name} back`,
    renewedBefore: uploadLosses.renewals + urlRenewals,
  };
  const fetched = await steering.runStep(() => {
    run.unfinishedTarget = target;
    return fetchFile(order, run, fetchLosses);
  });
  run.unfinishedTarget = null;
  return fetched;
}
