import { randomUUID } from 'node:crypto';
import { FerryError, isFerryError } from '../errors';
import { CANCEL_NOTE, type Asked, type Command, type CommandAnswer, type CommandName } from '../contract';
import { defined } from '../lib/defined';
import { askedBy } from './asked';
import type { ClientContext } from './context';
import { takeSnapshot } from './snapshot';
import type { CommandOutcome } from './types';

/** A living worker answers in a fraction of this time. */
export const UPDATE_MS = 2000;

/**
 * Pauses, resumes or retries. The transfer accepts or refuses an update at once. When no worker answers, a signal with
 * the same meaning is sent instead.
 *
 * @throws {FerryError} USAGE, TRANSFER_UNKNOWN, TRANSFER_CLOSED, COMMAND_IMPOSSIBLE
 */
export async function commandTransfer(
  context: ClientContext,
  transferId: string,
  name: CommandName,
  { host, ...asked }: Asked & { readonly host?: string } = {},
): Promise<CommandOutcome> {
  const { server } = context;
  // Update and signal have the same id, because a server may still deliver the update when a worker comes back.
  const command: Command = { commandId: randomUUID(), ...askedBy(asked), ...defined({ host }) };
  const runId = await openRun(context, transferId);
  return whileOpen(transferId, async () => {
    try {
      await server.update<CommandAnswer>(transferId, runId, name, command, UPDATE_MS);
      return { taken: 'now' };
    } catch (error) {
      if (!isFerryError(error) || error.code !== 'TEMPORAL_UNREACHABLE') throw error;
      // Either no worker answered or the server is away. This call throws when the server is away.
      await server.signal(transferId, runId, name, command);
      return { taken: 'later' };
    }
  });
}

/**
 * Durable at once, also when no worker runs.
 *
 * @throws {FerryError} USAGE, TRANSFER_UNKNOWN, TRANSFER_CLOSED
 */
export async function cancelTransfer(context: ClientContext, transferId: string, asked: Asked = {}): Promise<void> {
  const { server } = context;
  const note: Command = { commandId: randomUUID(), ...askedBy(asked) };
  const runId = await openRun(context, transferId);
  const request = {
    namespace: server.namespace,
    workflowExecution: { workflowId: transferId, runId },
    requestId: `ferry-cancel-${transferId}`,
    reason: 'cancelled with Ferry',
  };
  await whileOpen(transferId, async () => {
    await server.signal(transferId, runId, CANCEL_NOTE, note);
    await server.call(() => server.service.requestCancelWorkflowExecution(request), { transferId });
  });
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
    // The transfer ended between two calls.
    if (isFerryError(error) && error.code === 'TRANSFER_UNKNOWN') throw alreadyClosed(transferId);
    throw error;
  }
}

function alreadyClosed(transferId: string): FerryError {
  return new FerryError('TRANSFER_CLOSED', `The transfer ${transferId} has ended already.`);
}
