import type { CommandOutcome, FerryClient } from '../../../client/types';
import type { CommandEnvironment } from '../command';
import { statusDocument } from '../output/documents';
import { publishedWords } from '../follow/published';

/** Used when no worker has answered the command. */
export const KEPT = 'Kept by Temporal: it takes effect as soon as a worker serves the transfer.';

/** One status document for scripts, one line for people: `Paused acme-plan-7kq2: its message was not published.` */
export async function tellCommand(
  { output }: CommandEnvironment,
  client: FerryClient,
  transferId: string,
  { taken }: CommandOutcome,
  done: string,
  where = '',
): Promise<void> {
  const status = await client.status(transferId);
  output.document(statusDocument(status));
  output.answer(
    taken === 'now' ? `${done} ${transferId}${where}: ${publishedWords(status)}.` : `Asked for ${transferId}. ${KEPT}`,
  );
}
