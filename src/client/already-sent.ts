/**
 * "Already sent" is said of content, not of a name: an equal size and time do not make a file the one that was sent
 * (`cp -p`), and of a file on another host nobody here knows either.
 */
import type { Receipt, TransferInput } from '../contract';
import { readOutcome } from './close-event';
import type { ClientContext } from './context';
import type { StartedTransfer } from './types';

/** Starts a transfer; false when one with its id runs, or is over and may not run again. */
export type Start = (
  input: TransferInput,
  reuse: 'ALLOW_DUPLICATE_FAILED_ONLY' | 'ALLOW_DUPLICATE',
) => Promise<boolean>;

/** How much of the digest tells files of one name, size and time apart; more only where that was not enough. */
const DIGEST_CHARACTERS = [8, 16, 32];

/** Starts the transfer of `input`, or attaches to the one that sends or sent the very same content. */
export async function startOrAttach(
  context: ClientContext,
  input: TransferInput,
  start: Start,
): Promise<StartedTransfer> {
  if (await start(input, 'ALLOW_DUPLICATE_FAILED_ONLY')) return { transferId: input.transferId, repeated: false };
  // With an id of its own a person has said which transfer is meant.
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

/** The transfer runs once more: its host compares the file first, and sends it only when it is another one. */
async function compareThere(context: ClientContext, input: TransferInput, start: Start): Promise<StartedTransfer> {
  const { transferId } = input;
  const sentBefore = await sentBy(context, transferId);
  if (sentBefore === null) return { transferId, repeated: true };
  return { transferId, repeated: !(await start({ ...input, sentBefore }, 'ALLOW_DUPLICATE')) };
}

/** Null while it runs, and when it is over and nobody knows of a message. */
async function sentBy({ server }: ClientContext, transferId: string): Promise<Receipt | null> {
  return (await readOutcome(server, transferId))?.receipt ?? null;
}
