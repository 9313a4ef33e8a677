import type { SealedUrl, UploadResult } from '../../contract';
import { addLosses } from '../losses';
import { withSignedUrl } from '../signed-url-loop';
import { ownerOf, type TransferRun } from '../transfer-run';
import { withSharing } from './enable';
import { requestUploadUrl } from './request-upload-url';

/** Asks for an upload link and sends the bytes, until storage has them. */
export async function uploadFile(run: TransferRun): Promise<UploadResult> {
  const { source, uploadLosses, view } = run;
  const uploaded = await withSharing(run, () =>
    withSignedUrl(
      run,
      { request: () => requestUploadUrl(run), use: (url) => sendBytes(run, url) },
      (facts, refused) => {
        addLosses(uploadLosses, facts, refused);
        view.set({ urlRenewals: uploadLosses.renewals });
      },
    ),
  );
  view.set({ urlRenewals: uploadLosses.renewals + uploaded.urlRenewals });
  source.wasUploadedAs(uploaded.md5);
  return uploaded;
}

function sendBytes(
  { input, source, view, steering, uploadLosses }: TransferRun,
  url: SealedUrl,
): Promise<UploadResult> {
  const { file } = source;
  const before = uploadLosses.relativePath === null ? {} : { before: uploadLosses.relativePath };
  view.set({ step: 'upload' });
  const summary = `upload ${file.name}`;
  return steering.activities().moveBytes('upload', { ...ownerOf(input), file, url, ...before }, { summary });
}
