/**
 * "Already sent" is a statement about content. A file with the same path, size and time can have other content
 * (`cp -p`), and the content of a file on another host is unknown here.
 */
import { COMPARE_UPDATE, type Comparison, type Receipt, type TransferInput } from '../contract';
import { isFerryError } from '../errors';
import { readOutcome } from './close-event';
import type { ClientContext } from './context';
import { takeSnapshot } from './snapshot';
import type { StartedTransfer } from './types';

/** Starts a transfer. False when a transfer with its id runs, or has ended and may not run again. */
export type Start = (
  input: TransferInput,
  reuse: 'ALLOW_DUPLICATE_FAILED_ONLY' | 'ALLOW_DUPLICATE',
) => Promise<boolean>;

/** Digits of the digest that tell files with the same name, size and time apart; more digits when these are not enough. */
const DIGEST_CHARACTERS = [8, 16, 32];

/** For the answer of the transfer's host, which reads the file when it has changed. */
const COMPARED_WITHIN_MS = 5000;

/** Starts the transfer of `input`, or attaches to a transfer that sends or has sent the same content. */
export async function startOrAttach(
  context: ClientContext,
  input: TransferInput,
  start: Start,
): Promise<StartedTransfer> {
  if (await start(input, 'ALLOW_DUPLICATE_FAILED_ONLY')) return { transferId: input.transferId, repeated: false };
  // A person who gave an id has said which transfer is meant.
  if (typeof input.sendKey !== 'string') return { transferId: input.transferId, repeated: true };
  const sent = await sentBy(context, input.transferId);
  if (sent === null) return await compareRunning(context, input, start);
  return input.host === context.hostId
    ? await compareHere(context, input, sent, start)
    : await compareThere(input, sent, start);
}

/**
 * A transfer that has uploaded the file sends what it uploaded. Before that it takes the file as it lies there, and fails
 * when the file changes. Where no worker answers in time it stays unknown, and the send attaches.
 */
async function compareRunning(context: ClientContext, input: TransferInput, start: Start): Promise<StartedTransfer> {
  const { server } = context;
  const { transferId } = input;
  const { status, runId } = await takeSnapshot(server, transferId);
  if (status !== 'running') return { transferId, repeated: true };
  try {
    const compared = await server.update<Comparison>(transferId, runId, COMPARE_UPDATE, {}, COMPARED_WITHIN_MS);
    const { uploadedMd5, presentMd5 } = compared;
    const isOther = uploadedMd5 !== null && presentMd5 !== null && uploadedMd5 !== presentMd5;
    if (isOther) return await startOther(context, input, presentMd5, start);
  } catch (error) {
    // The transfer may have ended before it could answer: now its receipt says what it sent.
    if ((await sentBy(context, transferId)) !== null) return await startOrAttach(context, input, start);
    if (!isFerryError(error)) throw error;
  }
  return { transferId, repeated: true };
}

async function compareHere(
  context: ClientContext,
  input: TransferInput,
  { md5: sentMd5 }: Receipt,
  start: Start,
): Promise<StartedTransfer> {
  const md5 = await context.digest(input.source.path);
  if (md5 === sentMd5) return { transferId: input.transferId, repeated: true };
  return await startOther(context, input, md5, start);
}

/** The file has another content than the file of the usual id: finds or starts a transfer for this content. */
async function startOther(
  context: ClientContext,
  input: TransferInput,
  md5: string,
  start: Start,
): Promise<StartedTransfer> {
  const { transferId: usual } = input;
  for (const length of DIGEST_CHARACTERS) {
    const transferId = `${usual}-${md5.slice(0, length)}`;
    if (await start({ ...input, transferId }, 'ALLOW_DUPLICATE_FAILED_ONLY')) return { transferId, repeated: false };
    const sent = await sentBy(context, transferId);
    if (sent === null || sent.md5 === md5) return { transferId, repeated: true };
  }
  return { transferId: usual, repeated: true };
}

/** Runs the transfer once more. Its host compares the file first, and sends it only when the content is different. */
async function compareThere(input: TransferInput, sentBefore: Receipt, start: Start): Promise<StartedTransfer> {
  return { transferId: input.transferId, repeated: !(await start({ ...input, sentBefore }, 'ALLOW_DUPLICATE')) };
}

/** Null while the transfer runs, and when it has ended without a known message. */
async function sentBy({ server }: ClientContext, transferId: string): Promise<Receipt | null> {
  return (await readOutcome(server, transferId))?.receipt ?? null;
}
