import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { COMMAND, VIEW_QUERY, type Asked, type CommandName, type WorkflowView } from '../../src/contract';
import { waitFor } from '../support/wait-for';

let commands = 0;

/** Commands by update, as a client does when a worker serves the transfer. */
export function order(handle: WorkflowHandle, name: CommandName, host?: string, asked: Asked = {}): Promise<unknown> {
  commands += 1;
  const command = { commandId: `c${commands}`, ...(host === undefined ? {} : { host }), ...asked };
  return handle.executeUpdate(COMMAND[name], { args: [command] });
}

export function inState(handle: WorkflowHandle, state: WorkflowView['state']): Promise<WorkflowView> {
  return waitFor(async () => {
    const view = await handle.query<WorkflowView>(VIEW_QUERY);
    return view.state === state ? view : undefined;
  });
}

/** What a transfer has refused a command with. */
export async function refusedWith(work: Promise<unknown>): Promise<unknown> {
  const thrown: unknown = await work.catch((error: unknown) => error);
  return thrown instanceof WorkflowUpdateFailedError ? thrown.cause : thrown;
}
