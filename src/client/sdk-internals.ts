/**
 * What Ferry uses of the Temporal SDK beside its documented interface. An upgrade of the SDK may change or remove it: `test/client/sdk-internals.test.ts` fails until somebody has looked.
 */
import { WorkflowClient, type WorkflowOptions } from '@temporalio/client';

/** What Ferry says when it starts a workflow; times are the workflow's own affair. */
export type StartOptions = Pick<
  WorkflowOptions,
  | 'workflowId'
  | 'taskQueue'
  | 'workflowIdReusePolicy'
  | 'workflowIdConflictPolicy'
  | 'memo'
  | 'typedSearchAttributes'
  | 'staticSummary'
  | 'staticDetails'
> & { readonly args: unknown[] };

/**
 * The SDK's `start` drops the one field of the answer that tells a new execution from one that ran already; asking
 * afterwards would cost a call for each file and leave a gap between the two.
 */
export class Starter extends WorkflowClient {
  async startNew(workflowType: string, options: StartOptions): Promise<boolean> {
    const request = await this.createStartWorkflowRequest({ workflowType, headers: {}, options });
    const { started } = await this.workflowService.startWorkflowExecution(request);
    return started;
  }
}
