import type { WorkflowClientInterceptor } from '@temporalio/client';
import { addressed } from '../../src/contract';

/** Gives what a test starts, signals or updates the address that Ferry's client gives it. */
export const addressing: WorkflowClientInterceptor = {
  start: (input, next) => {
    const args = forThe(input.workflowType, input.options.args);
    return next({ ...input, options: { ...input.options, args } });
  },
  startWithDetails: (input, next) => {
    const args = forThe(input.workflowType, input.options.args);
    return next({ ...input, options: { ...input.options, args } });
  },
  signal: (input, next) => next({ ...input, args: forThe(input.signalName, input.args) }),
  startUpdate: (input, next) => next({ ...input, args: forThe(input.updateName, input.args) }),
  startUpdateWithStart: (input, next) =>
    next({
      ...input,
      updateArgs: forThe(input.updateName, input.updateArgs),
      workflowStartOptions: {
        ...input.workflowStartOptions,
        args: forThe(input.workflowType, input.workflowStartOptions.args),
      },
    }),
};

function forThe(name: string, args: readonly unknown[]): unknown[] {
  return args.map((arg) => (typeof arg === 'object' && arg !== null ? addressed(name, arg) : arg));
}
