import type { WorkflowInterceptors } from '@temporalio/workflow';
import { getActivator } from '../support/sdk-workflow-internals';

/** Workflows of a test that asks for this module are told to continue as new after so many events. */
export const EVENTS_A_RUN = 80;

export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      activate(input, next) {
        getActivator().mutateWorkflowInfo((info) => ({
          ...info,
          continueAsNewSuggested: info.historyLength > EVENTS_A_RUN,
        }));
        next(input);
      },
    },
  ],
});
