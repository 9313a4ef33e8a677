import { SEAL_KEY_QUERY, WORKFLOW, type SealKeyAnswer } from '../contract';
import { FerryError, isFerryError } from '../errors';
import { inLanes } from '../lib/lanes';
import type { ClientContext } from './context';
import type { SealKeyUse } from './types';
import { searchInfos } from './visibility';

/** A worker may first have to read the history of the consumer. */
const ANSWER_MS = 4000;

const LANES = 8;

const CURRENT_RUN = '';

/**
 * Asks every consumer's workflow which key its token needs, and the server which hosts have workers.
 *
 * @throws {FerryError} TEMPORAL_UNREACHABLE
 */
export async function readSealKeyUse({ server, workers }: ClientContext): Promise<SealKeyUse> {
  const query = `WorkflowType = '${WORKFLOW.consumer}' AND ExecutionStatus = 'Running'`;
  const found = await searchInfos(server, query, Infinity);
  const consumers: Record<string, number> = {};
  let unanswered = 0;
  await inLanes(found, LANES, async ({ execution }) => {
    try {
      // Without a worker, thousands must not be asked in vain.
      if (unanswered >= LANES) throw new FerryError('NO_WORKER', 'No worker answers.');
      const workflowId = execution?.workflowId ?? '';
      const { keyId } = await server.query<SealKeyAnswer>(workflowId, CURRENT_RUN, SEAL_KEY_QUERY, ANSWER_MS);
      if (keyId !== null) consumers[keyId] = (consumers[keyId] ?? 0) + 1;
    } catch (error) {
      if (!isFerryError(error)) throw error;
      unanswered += 1;
    }
  });
  return { consumers, unanswered, hosts: await workers.servedOf(await workers.reportedHosts()) };
}
