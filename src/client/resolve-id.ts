import { linePlaceIn, type LinePlace } from '../contract/transfer-id';
import { FerryError } from '../errors';
import { pause } from '../lib/pause';
import type { ClientContext } from './context';
import { unknownTransfer, whenKnown } from './failures';
import { takeJobSnapshot, takeSnapshot, type Snapshot } from './snapshot';
import { looksLikeId } from './transfer-id';
import { idsBeginningWith } from './visibility';

/** Temporal knows a new transfer at once, but finds it in a search only a moment later. */
const INDEX_LAG_MS = 1000;
const AGAIN_MS = 200;

/** A longer list would not help to choose. */
const MOST_NAMED = 5;

/** The full id of the only transfer with this id or prefix. TRANSFER_UNKNOWN, TRANSFER_AMBIGUOUS. */
export async function resolveTransferId(context: ClientContext, prefix: string): Promise<string> {
  return (await exactly(context, prefix))?.transferId ?? (await idOfPrefix(context, prefix));
}

/** The transfer with this id, or with an id that begins so. TRANSFER_UNKNOWN, TRANSFER_AMBIGUOUS. */
export async function findTransfer(context: ClientContext, prefix: string): Promise<Snapshot> {
  const found = await exactly(context, prefix);
  return found ?? (await takeSnapshot(context.server, await idOfPrefix(context, prefix)));
}

/** Looks for the exact id first, because with --again one id can be the prefix of another. */
async function exactly({ server }: ClientContext, transferId: string): Promise<Snapshot | null> {
  if (!looksLikeId(transferId)) throw unknownTransfer(transferId);
  return whenKnown(() => takeSnapshot(server, transferId));
}

async function idOfPrefix({ server }: ClientContext, prefix: string): Promise<string> {
  // Before the search: the id of line 7 is a prefix of the id of line 70, which may be another transfer.
  const place = await lineOfJob(server, prefix);
  if (place !== null) throw isALine(prefix, place);
  const found = await foundSoon(() => idsBeginningWith(server, 'transfers', prefix));
  // Also true when nothing was found.
  const job = found.every(isOfJob) ? await jobBeginningWith(server, prefix) : null;
  if (job !== null) throw isAJob(job);
  if (found.length > 1) throw ambiguous(prefix, found);
  if (found[0] === undefined) throw unknownTransfer(prefix);
  return found[0];
}

/** The id of a large file's transfer is the id of its job and the number of the line. */
function isOfJob(transferId: string): boolean {
  return /-\d+$/.test(transferId);
}

/** People give the id of a job to a command for transfers. It must not act on the one large file of the job. */
async function jobBeginningWith(server: ClientContext['server'], prefix: string): Promise<string | null> {
  const [jobId, ...others] = await idsBeginningWith(server, 'jobs', prefix);
  return others.length > 0 ? null : (jobId ?? null);
}

/** Null unless the id names a line of a job that Temporal knows. */
async function lineOfJob(server: ClientContext['server'], id: string): Promise<LinePlace | null> {
  const place = linePlaceIn(id);
  if (place === null) return null;
  return (await whenKnown(() => takeJobSnapshot(server, place.jobId))) === null ? null : place;
}

function isALine(id: string, { jobId, line }: LinePlace): FerryError {
  const message = `${id} is not a transfer of its own: it names line ${line} of the job ${jobId}.`;
  return new FerryError('TRANSFER_UNKNOWN', message, {
    details: { jobId, line },
    remedy: `On the home host of the job: ferry status ${id}. All lines: ferry job report ${jobId}.`,
  });
}

function isAJob(jobId: string): FerryError {
  return new FerryError('TRANSFER_UNKNOWN', `${jobId} is a job, not a transfer.`, {
    remedy: `Jobs have commands of their own: ferry job --help. Its lines: ferry job report ${jobId}.`,
  });
}

/** The result of the search, which is repeated for a moment while it is empty. */
export async function foundSoon(find: () => Promise<readonly string[]>): Promise<readonly string[]> {
  const end = performance.now() + INDEX_LAG_MS;
  for (;;) {
    const found = await find();
    if (found.length > 0 || performance.now() > end) return found;
    await pause(AGAIN_MS);
  }
}

function ambiguous(prefix: string, ids: readonly string[]): FerryError {
  return new FerryError('TRANSFER_AMBIGUOUS', `Several transfers begin with ${prefix}: ${namesOf(ids)}.`);
}

export function namesOf(ids: readonly string[]): string {
  return ids.slice(0, MOST_NAMED).join(', ') + (ids.length > MOST_NAMED ? ' and more' : '');
}
