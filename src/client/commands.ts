import { randomUUID } from 'node:crypto';
import { FerryError, isFerryError } from '../errors';
import { CANCEL_NOTE, type Asked, type Command, type CommandName } from '../contract';
import { defined } from '../lib/defined';
import { askedBy } from './asked';
import type { ClientContext } from './context';
import { takeSnapshot } from './snapshot';
import type { CommandOutcome } from './types';

/** A living worker answers in a fraction of this time. */
const UPDATE_MS = 2000;

/** An open workflow that a person steers. */
export interface Steered {
  readonly workflowId: string;
  /** Empty: the current run, because a job may continue as new between two calls. */
  readonly runId: string;
  /** The error when it has ended. */
  readonly closed: () => FerryError;
}

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
  const command = commandOf(asked, { host });
  return send(context, await openTransfer(context, transferId), name, command);
}

/**
 * Durable at once, also when no worker runs.
 *
 * @throws {FerryError} USAGE, TRANSFER_UNKNOWN, TRANSFER_CLOSED
 */
export async function cancelTransfer(context: ClientContext, transferId: string, asked: Asked = {}): Promise<void> {
  const note = commandOf(asked, {});
  await cancel(context, await openTransfer(context, transferId), note, `ferry-cancel-${transferId}`);
}

/** A command of the person who asks. Update and signal have its id, because a server may still deliver an old update. */
export function commandOf<Fields extends object>(asked: Asked, fields: Fields) {
  return { commandId: randomUUID(), ...askedBy(asked), ...defined(fields) };
}

/** Sends an update, or a signal when no worker answers. */
export async function send(
  { server }: ClientContext,
  steered: Steered,
  name: string,
  command: Command,
): Promise<CommandOutcome> {
  const { workflowId, runId } = steered;
  return whileOpen(steered, async () => {
    try {
      await server.update(workflowId, runId, name, command, UPDATE_MS);
      return { taken: 'now' };
    } catch (error) {
      if (!isFerryError(error) || error.code !== 'TEMPORAL_UNREACHABLE') throw error;
      // Either no worker answered or the server is away. This call throws when the server is away.
      await server.signal(workflowId, runId, name, command);
      return { taken: 'later' };
    }
  });
}

/** Notes who cancels, then requests it. A server carries out the request with the same `requestId` once. */
export async function cancel(
  { server }: ClientContext,
  steered: Steered,
  note: Command,
  requestId: string,
): Promise<void> {
  const { workflowId, runId } = steered;
  const request = {
    namespace: server.namespace,
    workflowExecution: { workflowId, runId },
    requestId,
    reason: 'cancelled with Ferry',
  };
  await whileOpen(steered, async () => {
    await server.signal(workflowId, runId, CANCEL_NOTE, note);
    await server.call(() => server.service.requestCancelWorkflowExecution(request), { transferId: workflowId });
  });
}

async function openTransfer({ server }: ClientContext, transferId: string): Promise<Steered> {
  const { status, runId } = await takeSnapshot(server, transferId);
  const closed = (): FerryError => new FerryError('TRANSFER_CLOSED', `The transfer ${transferId} has ended already.`);
  if (status !== 'running') throw closed();
  return { workflowId: transferId, runId, closed };
}

async function whileOpen<T>({ closed }: Steered, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    // It ended between two calls.
    if (isFerryError(error) && error.code === 'TRANSFER_UNKNOWN') throw closed();
    throw error;
  }
}
