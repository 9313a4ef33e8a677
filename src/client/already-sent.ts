/**
 * "Already sent" is a statement about content. A file with the same path, size and time can have other content
 * (`cp -p`), and the content of a file on another host is unknown here.
 */
import type { Receipt, TransferInput } from '../contract';
import { readOutcome } from './close-event';
import type { ClientContext } from './context';
import type { StartedTransfer } from './types';

/** Starts a transfer. False when a transfer with its id runs, or has ended and may not run again. */
export type Start = (
  input: TransferInput,
  reuse: 'ALLOW_DUPLICATE_FAILED_ONLY' | 'ALLOW_DUPLICATE',
) => Promise<boolean>;

/** Digits of the digest that tell files with the same name, size and time apart; more digits when these are not enough. */
const DIGEST_CHARACTERS = [8, 16, 32];

/** Starts the transfer of `input`, or attaches to a transfer that sends or has sent the same content. */
export async function startOrAttach(
  context: ClientContext,
  input: TransferInput,
  start: Start,
): Promise<StartedTransfer> {
  if (await start(input, 'ALLOW_DUPLICATE_FAILED_ONLY')) return { transferId: input.transferId, repeated: false };
  // A person who gave an id has said which transfer is meant.
  if (typeof input.sendKey !== 'string') return { transferId: input.transferId, repeated: true };
  return input.host === context.hostId ? compareHere(context, input, start) : compareThere(context, input, start);
}

async function compareHere(context: ClientContext, input: TransferInput, start: Start): Promise<StartedTransfer> {
  const { transferId: usual } = input;
  if ((await sentBy(context, usual)) === null) return { transferId: usual, repeated: true };
  const md5 = await context.digest(input.source.path);
  const ids = [usual, ...DIGEST_CHARACTERS.map((length) => `${usual}-${md5.slice(0, length)}`)];
  for (const transferId of ids) {
    const isNew = transferId !== usual && (await start({ ...input, transferId }, 'ALLOW_DUPLICATE_FAILED_ONLY'));
    if (isNew) return { transferId, repeated: false };
    const sent = await sentBy(context, transferId);
    if (sent === null || sent.md5 === md5) return { transferId, repeated: true };
  }
  return { transferId: usual, repeated: true };
}

/** Runs the transfer once more. Its host compares the file first, and sends it only when the content is different. */
async function compareThere(context: ClientContext, input: TransferInput, start: Start): Promise<StartedTransfer> {
  const { transferId } = input;
  const sentBefore = await sentBy(context, transferId);
  if (sentBefore === null) return { transferId, repeated: true };
  return { transferId, repeated: !(await start({ ...input, sentBefore }, 'ALLOW_DUPLICATE')) };
}

/** Null while the transfer runs, and when it has ended without a known message. */
async function sentBy({ server }: ClientContext, transferId: string): Promise<Receipt | null> {
  return (await readOutcome(server, transferId))?.receipt ?? null;
}
