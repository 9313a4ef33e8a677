import { FerryError, isFerryError } from '../errors';
import { WORKFLOW } from '../contract';
import { pause } from '../lib/pause';
import type { ClientContext } from './context';
import { unknownTransfer } from './failures';
import { takeSnapshot } from './snapshot';
import { looksLikeId } from './transfer-id';

/** A transfer is known at once, but can be searched for only a moment after its start. */
const INDEX_LAG_MS = 1000;
const AGAIN_MS = 200;

/** More would not help anybody choose. */
const MOST_NAMED = 5;

/** The full id of an id or of a beginning that only one has. TRANSFER_UNKNOWN, TRANSFER_AMBIGUOUS. */
export async function resolveTransferId(context: ClientContext, prefix: string): Promise<string> {
  if (!looksLikeId(prefix)) throw unknownTransfer(prefix === '' ? '(none given)' : prefix);
  // Exact first: with --again, one transfer's id is the beginning of another's.
  if (await exists(context, prefix)) return prefix;
  const end = performance.now() + INDEX_LAG_MS;
  for (;;) {
    const found = await idsBeginningWith(context, prefix);
    if (found.length === 1 && found[0] !== undefined) return found[0];
    if (found.length > 1) throw ambiguous(prefix, found);
    if (performance.now() > end) throw unknownTransfer(prefix);
    await pause(AGAIN_MS);
  }
}

async function exists({ server }: ClientContext, transferId: string): Promise<boolean> {
  try {
    await takeSnapshot(server, transferId);
    return true;
  } catch (error) {
    if (isFerryError(error) && error.code === 'TRANSFER_UNKNOWN') return false;
    throw error;
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
