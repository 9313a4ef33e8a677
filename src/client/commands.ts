import { randomUUID } from 'node:crypto';
import { FerryError, isFerryError } from '../errors';
import type { Command, CommandAnswer, CommandName } from '../contract';
import { defined } from '../lib/defined';
import type { ClientContext } from './context';
import { takeSnapshot } from './snapshot';
import type { CommandOutcome } from './types';

/** A worker that lives answers in a fraction of this. */
const UPDATE_MS = 2000;

/**
 * Pauses, resumes or retries. An update is refused or obeyed at once by the transfer itself; where no worker answers, a
 * signal of the same meaning is left for it. TRANSFER_UNKNOWN, TRANSFER_CLOSED, COMMAND_IMPOSSIBLE.
 */
export async function commandTransfer(
  context: ClientContext,
  transferId: string,
  name: CommandName,
  host?: string,
): Promise<CommandOutcome> {
  const { server } = context;
  const runId = await openRun(context, transferId);
  // The same id for both: a server that still holds the update when a worker comes back hands it over as well.
  const command: Command = { commandId: randomUUID(), ...defined({ host }) };
  return whileOpen(transferId, async () => {
    try {
      await server.update<CommandAnswer>(transferId, runId, name, command, UPDATE_MS);
      return { taken: 'now' };
    } catch (error) {
      if (!isFerryError(error) || error.code !== 'TEMPORAL_UNREACHABLE') throw error;
      // Perhaps only no worker answered. If it is the server that is away, this says so.
      await server.signal(transferId, runId, name, command);
      return { taken: 'later' };
    }
  });
}

/** Durable at once, also when no worker runs. TRANSFER_UNKNOWN, TRANSFER_CLOSED. */
export async function cancelTransfer(context: ClientContext, transferId: string): Promise<void> {
  const { server } = context;
  const runId = await openRun(context, transferId);
  const request = {
    namespace: server.namespace,
    workflowExecution: { workflowId: transferId, runId },
    requestId: `ferry-cancel-${transferId}`,
    reason: 'cancelled with Ferry',
  };
  await whileOpen(transferId, () =>
    server.call(() => server.service.requestCancelWorkflowExecution(request), { transferId }),
  );
}

async function openRun({ server }: ClientContext, transferId: string): Promise<string> {
  const { status, runId } = await takeSnapshot(server, transferId);
  if (status !== 'running') throw alreadyClosed(transferId);
  return runId;
}

async function whileOpen<T>(transferId: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    // It ended between two calls.
    if (isFerryError(error) && error.code === 'TRANSFER_UNKNOWN') throw alreadyClosed(transferId);
    throw error;
  }
}

function alreadyClosed(transferId: string): FerryError {
  return new FerryError('TRANSFER_CLOSED', `The transfer ${transferId} has ended already.`);
}
