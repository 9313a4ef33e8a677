import type { SealedUrl, UploadResult } from '../../contract';
import { addFailedRound } from '../failed-rounds';
import { withSignedUrl } from '../signed-url-loop';
import { ownerOf, type TransferRun } from '../transfer-run';
import { withSharing } from './enable';
import { requestUploadUrl } from './request-upload-url';

/** Requests an upload link and sends the bytes; repeats both until storage has the file. */
export async function uploadFile(run: TransferRun): Promise<UploadResult> {
  const { source, failedUploads, view } = run;
  const uploaded = await withSharing(run, () =>
    withSignedUrl(
      run,
      { request: () => requestUploadUrl(run), use: (url) => sendBytes(run, url) },
      (facts, refused) => {
        addFailedRound(failedUploads, facts, refused);
        view.set({ urlRenewals: failedUploads.renewals });
      },
    ),
  );
  view.set({ urlRenewals: failedUploads.renewals + uploaded.urlRenewals });
  source.wasUploadedAs(uploaded.md5);
  return uploaded;
}

function sendBytes(
  { input, source, view, steering, failedUploads }: TransferRun,
  url: SealedUrl,
): Promise<UploadResult> {
  const { file } = source;
  const before = failedUploads.relativePath === null ? {} : { before: failedUploads.relativePath };
  view.set({ step: 'upload' });
  const summary = `upload ${file.name}`;
  return steering.activities().moveBytes('upload', { ...ownerOf(input), file, url, ...before }, { summary });
}
