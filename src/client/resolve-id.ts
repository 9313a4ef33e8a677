import { FerryError } from '../errors';
import { WORKFLOW } from '../contract';
import { pause } from '../lib/pause';
import type { ClientContext } from './context';
import { unknownTransfer, whenKnown } from './failures';
import { takeSnapshot, type Snapshot } from './snapshot';
import { looksLikeId } from './transfer-id';

/** Temporal knows a new transfer at once, but finds it in a search only a moment later. */
const INDEX_LAG_MS = 1000;
const AGAIN_MS = 200;

/** A longer list would not help to choose. */
const MOST_NAMED = 5;

/** The full id of an id or of a prefix that only one transfer has. TRANSFER_UNKNOWN, TRANSFER_AMBIGUOUS. */
export async function resolveTransferId(context: ClientContext, prefix: string): Promise<string> {
  return (await exactly(context, prefix))?.transferId ?? (await idOfPrefix(context, prefix));
}

/** The transfer with this id, or with an id that begins so. TRANSFER_UNKNOWN, TRANSFER_AMBIGUOUS. */
export async function findTransfer(context: ClientContext, prefix: string): Promise<Snapshot> {
  const found = await exactly(context, prefix);
  return found ?? (await takeSnapshot(context.server, await idOfPrefix(context, prefix)));
}

/** Looked for before any prefix: with --again, the id of one transfer is a prefix of another id. */
async function exactly({ server }: ClientContext, transferId: string): Promise<Snapshot | null> {
  if (!looksLikeId(transferId)) throw unknownTransfer(transferId === '' ? '(none given)' : transferId);
  return whenKnown(() => takeSnapshot(server, transferId));
}

async function idOfPrefix(context: ClientContext, prefix: string): Promise<string> {
  const end = performance.now() + INDEX_LAG_MS;
  for (;;) {
    const found = await idsBeginningWith(context, prefix);
    if (found.length === 1 && found[0] !== undefined) return found[0];
    if (found.length > 1) throw ambiguous(prefix, found);
    if (performance.now() > end) throw unknownTransfer(prefix);
    await pause(AGAIN_MS);
  }
}

async function idsBeginningWith({ server }: ClientContext, prefix: string): Promise<readonly string[]> {
  const { executions } = await server.call(() =>
    server.service.listWorkflowExecutions({
      namespace: server.namespace,
      // Several, because an id that failed and was sent anew is listed once for each run.
      pageSize: 50,
      query: `WorkflowType IN ('${WORKFLOW.transfer}', '${WORKFLOW.fetch}') AND WorkflowId STARTS_WITH '${prefix}'`,
    }),
  );
  const ids = (executions ?? []).map(({ execution }) => execution?.workflowId ?? '');
  return [...new Set(ids)].filter((id) => id.startsWith(prefix));
}

function ambiguous(prefix: string, ids: readonly string[]): FerryError {
  const more = ids.length > MOST_NAMED ? ' and more' : '';
  const named = ids.slice(0, MOST_NAMED).join(', ');
  return new FerryError('TRANSFER_AMBIGUOUS', `Several transfers begin with ${prefix}: ${named}${more}.`);
}
