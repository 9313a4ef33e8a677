/**
 * Large files of a job: transfers of their own, which hold no lane and outlive the run of the workflow that began them.
 */
import { getExternalWorkflowHandle, log, startChild, uuid4 } from '@temporalio/workflow';
import { defineSearchAttributeKey, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  addressed,
  askedOf,
  COMMAND,
  PAGE_LIMITS,
  PRIORITY,
  SEARCH_ATTRIBUTES,
  SHARED_QUEUE,
  WORKFLOW,
  type CommandName,
  type JobPage,
  type LargeFile,
  type TransferInput,
} from '../contract';

/** The number of large files at the same time. They share the byte slots of their host with all other work. */
export const MOST_LARGE = 8;

/** The page as a large file; null unless its only file exceeds the size of a page. */
export function largeFileOf({ lines, ...page }: JobPage): LargeFile | null {
  const [line] = lines;
  if (lines.length !== 1 || line === undefined || line.sizeBytes <= PAGE_LIMITS.bytes) return null;
  return { page, line };
}

/** Starts the transfer. If an earlier pass has started it and it is parked, retries it instead. */
export async function startLarge({ page, line }: LargeFile, host: string, deadlineMs: number): Promise<void> {
  const { jobId, pass } = page;
  const input: TransferInput = {
    transferId: line.transferId,
    sendKey: line.sendKey,
    account: page.account,
    consumer: page.consumer,
    host,
    source: { path: line.source, sizeBytes: line.sizeBytes, mtimeMs: line.mtimeMs, inode: line.inode },
    conversationId: page.conversationId,
    caption: line.caption,
    fetchTo: line.fetchTo,
    verify: page.verify,
    deadlineMs,
    job: { jobId, pass, page: page.page, line: line.line },
    ...askedOf(page),
  };
  const keyword = (name: keyof typeof SEARCH_ATTRIBUTES, value: string) => ({
    key: defineSearchAttributeKey(SEARCH_ATTRIBUTES[name], 'KEYWORD'),
    value,
  });
  try {
    await startChild(WORKFLOW.transfer, {
      workflowId: line.transferId,
      taskQueue: SHARED_QUEUE,
      args: [addressed(WORKFLOW.transfer, input)],
      parentClosePolicy: 'ABANDON',
      cancellationType: 'ABANDON',
      // The ledger of the host knows whether an earlier run has sent the file.
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      priority: { priorityKey: pass > 1 ? PRIORITY.again : PRIORITY.job },
      memo: { source: line.source, host, sizeBytes: line.sizeBytes, ...askedOf(page) },
      typedSearchAttributes: [
        keyword('account', page.account),
        keyword('state', 'running'),
        keyword('step', 'inspect'),
        keyword('batch', jobId),
      ],
      staticSummary: `line ${line.line} of ${jobId}`,
    });
  } catch (thrown) {
    if (!(thrown instanceof WorkflowExecutionAlreadyStartedError)) throw thrown;
    await commandLarge(line.transferId, 'retry');
  }
}

/** Never throws: a transfer that has ended needs no command. */
export async function commandLarge(transferId: string, name: CommandName, host?: string): Promise<void> {
  const command = { commandId: uuid4(), ...(host === undefined ? {} : { host }) };
  try {
    await getExternalWorkflowHandle(transferId).signal(COMMAND[name], addressed(COMMAND[name], command));
  } catch (thrown) {
    log.info('A large file of a job took no command', { transferId, name, why: String(thrown) });
  }
}

/** Never throws. */
export async function cancelLarge(transferId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(transferId).cancel();
  } catch (thrown) {
    log.info('A large file of a job could not be cancelled', { transferId, why: String(thrown) });
  }
}
