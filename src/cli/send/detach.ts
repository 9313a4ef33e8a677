import { statusDocument } from '../shared/output/documents';
import { EXIT, worstExit, type ExitCode } from '../shared/exit-codes';
import { resultName } from '../shared/follow/results';
import type { FollowItem } from '../shared/follow/tracked';
import { repeatedWords } from '../shared/follow/words';
import { safe } from '../shared/output/text';
import { tellNotReached, tellRefusedStarts } from './endings';
import { startAll } from './start';
import type { Sending } from './types';

/** `send --detach`: starts all transfers, prints one status for each file, and ends. */
export async function sendDetached(sending: Sending): Promise<ExitCode> {
  const { environment } = sending;
  const { refused, notReached } = await startAll(
    sending,
    (item) => tellStarted(sending, item),
    environment.io.interrupted,
  );
  const codes = [...sending.codes, ...tellRefusedStarts(environment, refused)];
  if (environment.io.interrupted.aborted) return EXIT.interrupted;
  return worstExit([...codes, ...tellNotReached(sending, notReached)]);
}

async function tellStarted({ environment, client, widest, codes }: Sending, item: FollowItem): Promise<void> {
  const { io, output } = environment;
  const status = await client.status(item.transferId);
  output.document(statusDocument(status));
  const name = resultName(io.stdout, item.label, widest);
  if (status.state === 'parked') {
    codes.push(EXIT.failed);
    output.answer(
      `${name}  parked: ${safe(status.error?.message ?? 'The reason is not known.')} ferry retry ${item.transferId}`,
    );
  } else if (status.receipt !== null && item.repeated)
    output.answer(`${name}  ${repeatedWords(status.receipt, io.now())}`);
  else output.answer(`${name}  ${item.repeated ? 'under way already' : 'started'}  ${item.transferId}`);
}
