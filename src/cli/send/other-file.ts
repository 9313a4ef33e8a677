import type { FerryClient, StartedTransfer } from '../../client/types';
import { usageError } from '../output';
import { rooms } from '../rooms';
import type { PreparedFile } from './prepare';

/**
 * An id that a person chose says nothing of the content: "already sent" must not be said of a file that nobody sent. The
 * same content under another path is the same send. What cannot be compared (on another host, under way) is believed.
 */
export async function refuseOtherFile(
  client: Pick<FerryClient, 'status'>,
  file: PreparedFile,
  { transferId }: StartedTransfer,
): Promise<void> {
  if (file.sizeBytes === null) return;
  const { source, sizeBytes, receipt } = await client.status(transferId);
  const otherSize = sizeBytes !== null && sizeBytes !== file.sizeBytes;
  if (!otherSize && (receipt === null || (await rooms.files().md5Of(file.path)) === receipt.md5)) return;
  throw usageError(
    `${file.source} was not sent: the id ${transferId} belongs to the transfer of ${source}, which has other content. ` +
      'Give it an id of its own.',
  );
}
