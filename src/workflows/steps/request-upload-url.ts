import type { SealedUrl } from '../../contract';
import { ownerOf, type TransferRun } from '../transfer-run';

/** Asks for an upload link; it lives for about a minute. */
export function requestUploadUrl({ input, source, view, steering }: TransferRun): Promise<SealedUrl> {
  const { sizeBytes, fileType } = source.file;
  view.set({ step: 'request-upload-url' });
  const request = { ...ownerOf(input), sizeBytes, fileType };
  return steering.activities().anywhere('requestUploadUrl', request, { summary: 'ask for an upload link' });
}
