/**
 * What Ferry uses of the Temporal SDK beside its documented interface. An upgrade of the SDK may change or remove it, so
 * `test/client/sdk-internals.test.ts` fails after each upgrade.
 */
import { WorkflowClient, type WorkflowOptions } from '@temporalio/client';

/** The options of a start. Timeouts are not among them: the workflow has a deadline of its own. */
export type StartOptions = Pick<
  WorkflowOptions,
  | 'workflowId'
  | 'taskQueue'
  | 'workflowIdReusePolicy'
  | 'workflowIdConflictPolicy'
  | 'memo'
  | 'priority'
  | 'typedSearchAttributes'
  | 'staticSummary'
  | 'staticDetails'
> & { readonly args: unknown[] };

/**
 * The `start` of the SDK drops the field of the answer that tells a new execution from a running one. A second call would
 * cost time for each file, and the execution could change between the two calls.
 */
export class Starter extends WorkflowClient {
  async startNew(workflowType: string, options: StartOptions): Promise<boolean> {
    const request = await this.createStartWorkflowRequest({ workflowType, headers: {}, options });
    const { started } = await this.workflowService.startWorkflowExecution(request);
    return started;
  }
}
